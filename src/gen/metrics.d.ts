// Generated from proto/ by scripts/generate.sh. Do not edit.
import type $protobuf from "protobufjs/minimal.js";
import type Long from "long";

/** Namespace io. */
export namespace io {

    /** Namespace containerd. */
    namespace containerd {

        /** Namespace cgroups. */
        namespace cgroups {

            /** Namespace v1. */
            namespace v1 {

                /**
                 * Properties of a Metrics.
                 * @deprecated Use io.containerd.cgroups.v1.Metrics.$Properties instead.
                 */
                interface IMetrics extends io.containerd.cgroups.v1.Metrics.$Properties {
                }

                /** Represents a Metrics. */
                class Metrics {

                    /**
                     * Constructs a new Metrics.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v1.Metrics.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** Metrics hugetlb. */
                    hugetlb: io.containerd.cgroups.v1.HugetlbStat.$Properties[];

                    /** Metrics pids. */
                    pids?: (io.containerd.cgroups.v1.PidsStat.$Properties|null);

                    /** Metrics cpu. */
                    cpu?: (io.containerd.cgroups.v1.CPUStat.$Properties|null);

                    /** Metrics memory. */
                    memory?: (io.containerd.cgroups.v1.MemoryStat.$Properties|null);

                    /** Metrics blkio. */
                    blkio?: (io.containerd.cgroups.v1.BlkIOStat.$Properties|null);

                    /** Metrics rdma. */
                    rdma?: (io.containerd.cgroups.v1.RdmaStat.$Properties|null);

                    /** Metrics network. */
                    network: io.containerd.cgroups.v1.NetworkStat.$Properties[];

                    /** Metrics cgroupStats. */
                    cgroupStats?: (io.containerd.cgroups.v1.CgroupStats.$Properties|null);

                    /** Metrics memoryOomControl. */
                    memoryOomControl?: (io.containerd.cgroups.v1.MemoryOomControl.$Properties|null);

                    /**
                     * Creates a new Metrics instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns Metrics instance
                     */
                    static create(properties: io.containerd.cgroups.v1.Metrics.$Shape): io.containerd.cgroups.v1.Metrics & io.containerd.cgroups.v1.Metrics.$Shape;
                    static create(properties?: io.containerd.cgroups.v1.Metrics.$Properties): io.containerd.cgroups.v1.Metrics;

                    /**
                     * Encodes the specified Metrics message. Does not implicitly {@link io.containerd.cgroups.v1.Metrics.verify|verify} messages.
                     * @param message Metrics message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v1.Metrics.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a Metrics message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v1.Metrics & io.containerd.cgroups.v1.Metrics.$Shape} Metrics
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v1.Metrics & io.containerd.cgroups.v1.Metrics.$Shape;
                }

                namespace Metrics {

                    /** Properties of a Metrics. */
                    interface $Properties {

                        /** Metrics hugetlb */
                        hugetlb?: (io.containerd.cgroups.v1.HugetlbStat.$Properties[]|null);

                        /** Metrics pids */
                        pids?: (io.containerd.cgroups.v1.PidsStat.$Properties|null);

                        /** Metrics cpu */
                        cpu?: (io.containerd.cgroups.v1.CPUStat.$Properties|null);

                        /** Metrics memory */
                        memory?: (io.containerd.cgroups.v1.MemoryStat.$Properties|null);

                        /** Metrics blkio */
                        blkio?: (io.containerd.cgroups.v1.BlkIOStat.$Properties|null);

                        /** Metrics rdma */
                        rdma?: (io.containerd.cgroups.v1.RdmaStat.$Properties|null);

                        /** Metrics network */
                        network?: (io.containerd.cgroups.v1.NetworkStat.$Properties[]|null);

                        /** Metrics cgroupStats */
                        cgroupStats?: (io.containerd.cgroups.v1.CgroupStats.$Properties|null);

                        /** Metrics memoryOomControl */
                        memoryOomControl?: (io.containerd.cgroups.v1.MemoryOomControl.$Properties|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a Metrics. */
                    type $Shape = io.containerd.cgroups.v1.Metrics.$Properties;
                }

                /**
                 * Properties of a HugetlbStat.
                 * @deprecated Use io.containerd.cgroups.v1.HugetlbStat.$Properties instead.
                 */
                interface IHugetlbStat extends io.containerd.cgroups.v1.HugetlbStat.$Properties {
                }

                /** Represents a HugetlbStat. */
                class HugetlbStat {

                    /**
                     * Constructs a new HugetlbStat.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v1.HugetlbStat.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** HugetlbStat usage. */
                    usage: Long;

                    /** HugetlbStat max. */
                    max: Long;

                    /** HugetlbStat failcnt. */
                    failcnt: Long;

                    /** HugetlbStat pagesize. */
                    pagesize: string;

                    /**
                     * Creates a new HugetlbStat instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns HugetlbStat instance
                     */
                    static create(properties: io.containerd.cgroups.v1.HugetlbStat.$Shape): io.containerd.cgroups.v1.HugetlbStat & io.containerd.cgroups.v1.HugetlbStat.$Shape;
                    static create(properties?: io.containerd.cgroups.v1.HugetlbStat.$Properties): io.containerd.cgroups.v1.HugetlbStat;

                    /**
                     * Encodes the specified HugetlbStat message. Does not implicitly {@link io.containerd.cgroups.v1.HugetlbStat.verify|verify} messages.
                     * @param message HugetlbStat message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v1.HugetlbStat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a HugetlbStat message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v1.HugetlbStat & io.containerd.cgroups.v1.HugetlbStat.$Shape} HugetlbStat
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v1.HugetlbStat & io.containerd.cgroups.v1.HugetlbStat.$Shape;
                }

                namespace HugetlbStat {

                    /** Properties of a HugetlbStat. */
                    interface $Properties {

                        /** HugetlbStat usage */
                        usage?: (Long|null);

                        /** HugetlbStat max */
                        max?: (Long|null);

                        /** HugetlbStat failcnt */
                        failcnt?: (Long|null);

                        /** HugetlbStat pagesize */
                        pagesize?: (string|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a HugetlbStat. */
                    type $Shape = io.containerd.cgroups.v1.HugetlbStat.$Properties;
                }

                /**
                 * Properties of a PidsStat.
                 * @deprecated Use io.containerd.cgroups.v1.PidsStat.$Properties instead.
                 */
                interface IPidsStat extends io.containerd.cgroups.v1.PidsStat.$Properties {
                }

                /** Represents a PidsStat. */
                class PidsStat {

                    /**
                     * Constructs a new PidsStat.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v1.PidsStat.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** PidsStat current. */
                    current: Long;

                    /** PidsStat limit. */
                    limit: Long;

                    /**
                     * Creates a new PidsStat instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns PidsStat instance
                     */
                    static create(properties: io.containerd.cgroups.v1.PidsStat.$Shape): io.containerd.cgroups.v1.PidsStat & io.containerd.cgroups.v1.PidsStat.$Shape;
                    static create(properties?: io.containerd.cgroups.v1.PidsStat.$Properties): io.containerd.cgroups.v1.PidsStat;

                    /**
                     * Encodes the specified PidsStat message. Does not implicitly {@link io.containerd.cgroups.v1.PidsStat.verify|verify} messages.
                     * @param message PidsStat message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v1.PidsStat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a PidsStat message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v1.PidsStat & io.containerd.cgroups.v1.PidsStat.$Shape} PidsStat
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v1.PidsStat & io.containerd.cgroups.v1.PidsStat.$Shape;
                }

                namespace PidsStat {

                    /** Properties of a PidsStat. */
                    interface $Properties {

                        /** PidsStat current */
                        current?: (Long|null);

                        /** PidsStat limit */
                        limit?: (Long|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a PidsStat. */
                    type $Shape = io.containerd.cgroups.v1.PidsStat.$Properties;
                }

                /**
                 * Properties of a CPUStat.
                 * @deprecated Use io.containerd.cgroups.v1.CPUStat.$Properties instead.
                 */
                interface ICPUStat extends io.containerd.cgroups.v1.CPUStat.$Properties {
                }

                /** Represents a CPUStat. */
                class CPUStat {

                    /**
                     * Constructs a new CPUStat.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v1.CPUStat.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** CPUStat usage. */
                    usage?: (io.containerd.cgroups.v1.CPUUsage.$Properties|null);

                    /** CPUStat throttling. */
                    throttling?: (io.containerd.cgroups.v1.Throttle.$Properties|null);

                    /**
                     * Creates a new CPUStat instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns CPUStat instance
                     */
                    static create(properties: io.containerd.cgroups.v1.CPUStat.$Shape): io.containerd.cgroups.v1.CPUStat & io.containerd.cgroups.v1.CPUStat.$Shape;
                    static create(properties?: io.containerd.cgroups.v1.CPUStat.$Properties): io.containerd.cgroups.v1.CPUStat;

                    /**
                     * Encodes the specified CPUStat message. Does not implicitly {@link io.containerd.cgroups.v1.CPUStat.verify|verify} messages.
                     * @param message CPUStat message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v1.CPUStat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a CPUStat message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v1.CPUStat & io.containerd.cgroups.v1.CPUStat.$Shape} CPUStat
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v1.CPUStat & io.containerd.cgroups.v1.CPUStat.$Shape;
                }

                namespace CPUStat {

                    /** Properties of a CPUStat. */
                    interface $Properties {

                        /** CPUStat usage */
                        usage?: (io.containerd.cgroups.v1.CPUUsage.$Properties|null);

                        /** CPUStat throttling */
                        throttling?: (io.containerd.cgroups.v1.Throttle.$Properties|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a CPUStat. */
                    type $Shape = io.containerd.cgroups.v1.CPUStat.$Properties;
                }

                /**
                 * Properties of a CPUUsage.
                 * @deprecated Use io.containerd.cgroups.v1.CPUUsage.$Properties instead.
                 */
                interface ICPUUsage extends io.containerd.cgroups.v1.CPUUsage.$Properties {
                }

                /** Represents a CPUUsage. */
                class CPUUsage {

                    /**
                     * Constructs a new CPUUsage.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v1.CPUUsage.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** CPUUsage total. */
                    total: Long;

                    /** CPUUsage kernel. */
                    kernel: Long;

                    /** CPUUsage user. */
                    user: Long;

                    /** CPUUsage perCpu. */
                    perCpu: Long[];

                    /**
                     * Creates a new CPUUsage instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns CPUUsage instance
                     */
                    static create(properties: io.containerd.cgroups.v1.CPUUsage.$Shape): io.containerd.cgroups.v1.CPUUsage & io.containerd.cgroups.v1.CPUUsage.$Shape;
                    static create(properties?: io.containerd.cgroups.v1.CPUUsage.$Properties): io.containerd.cgroups.v1.CPUUsage;

                    /**
                     * Encodes the specified CPUUsage message. Does not implicitly {@link io.containerd.cgroups.v1.CPUUsage.verify|verify} messages.
                     * @param message CPUUsage message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v1.CPUUsage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a CPUUsage message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v1.CPUUsage & io.containerd.cgroups.v1.CPUUsage.$Shape} CPUUsage
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v1.CPUUsage & io.containerd.cgroups.v1.CPUUsage.$Shape;
                }

                namespace CPUUsage {

                    /** Properties of a CPUUsage. */
                    interface $Properties {

                        /** CPUUsage total */
                        total?: (Long|null);

                        /** CPUUsage kernel */
                        kernel?: (Long|null);

                        /** CPUUsage user */
                        user?: (Long|null);

                        /** CPUUsage perCpu */
                        perCpu?: (Long[]|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a CPUUsage. */
                    type $Shape = io.containerd.cgroups.v1.CPUUsage.$Properties;
                }

                /**
                 * Properties of a Throttle.
                 * @deprecated Use io.containerd.cgroups.v1.Throttle.$Properties instead.
                 */
                interface IThrottle extends io.containerd.cgroups.v1.Throttle.$Properties {
                }

                /** Represents a Throttle. */
                class Throttle {

                    /**
                     * Constructs a new Throttle.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v1.Throttle.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** Throttle periods. */
                    periods: Long;

                    /** Throttle throttledPeriods. */
                    throttledPeriods: Long;

                    /** Throttle throttledTime. */
                    throttledTime: Long;

                    /**
                     * Creates a new Throttle instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns Throttle instance
                     */
                    static create(properties: io.containerd.cgroups.v1.Throttle.$Shape): io.containerd.cgroups.v1.Throttle & io.containerd.cgroups.v1.Throttle.$Shape;
                    static create(properties?: io.containerd.cgroups.v1.Throttle.$Properties): io.containerd.cgroups.v1.Throttle;

                    /**
                     * Encodes the specified Throttle message. Does not implicitly {@link io.containerd.cgroups.v1.Throttle.verify|verify} messages.
                     * @param message Throttle message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v1.Throttle.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a Throttle message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v1.Throttle & io.containerd.cgroups.v1.Throttle.$Shape} Throttle
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v1.Throttle & io.containerd.cgroups.v1.Throttle.$Shape;
                }

                namespace Throttle {

                    /** Properties of a Throttle. */
                    interface $Properties {

                        /** Throttle periods */
                        periods?: (Long|null);

                        /** Throttle throttledPeriods */
                        throttledPeriods?: (Long|null);

                        /** Throttle throttledTime */
                        throttledTime?: (Long|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a Throttle. */
                    type $Shape = io.containerd.cgroups.v1.Throttle.$Properties;
                }

                /**
                 * Properties of a MemoryStat.
                 * @deprecated Use io.containerd.cgroups.v1.MemoryStat.$Properties instead.
                 */
                interface IMemoryStat extends io.containerd.cgroups.v1.MemoryStat.$Properties {
                }

                /** Represents a MemoryStat. */
                class MemoryStat {

                    /**
                     * Constructs a new MemoryStat.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v1.MemoryStat.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** MemoryStat cache. */
                    cache: Long;

                    /** MemoryStat rss. */
                    rss: Long;

                    /** MemoryStat rssHuge. */
                    rssHuge: Long;

                    /** MemoryStat mappedFile. */
                    mappedFile: Long;

                    /** MemoryStat dirty. */
                    dirty: Long;

                    /** MemoryStat writeback. */
                    writeback: Long;

                    /** MemoryStat pgPgIn. */
                    pgPgIn: Long;

                    /** MemoryStat pgPgOut. */
                    pgPgOut: Long;

                    /** MemoryStat pgFault. */
                    pgFault: Long;

                    /** MemoryStat pgMajFault. */
                    pgMajFault: Long;

                    /** MemoryStat inactiveAnon. */
                    inactiveAnon: Long;

                    /** MemoryStat activeAnon. */
                    activeAnon: Long;

                    /** MemoryStat inactiveFile. */
                    inactiveFile: Long;

                    /** MemoryStat activeFile. */
                    activeFile: Long;

                    /** MemoryStat unevictable. */
                    unevictable: Long;

                    /** MemoryStat hierarchicalMemoryLimit. */
                    hierarchicalMemoryLimit: Long;

                    /** MemoryStat hierarchicalSwapLimit. */
                    hierarchicalSwapLimit: Long;

                    /** MemoryStat totalCache. */
                    totalCache: Long;

                    /** MemoryStat totalRss. */
                    totalRss: Long;

                    /** MemoryStat totalRssHuge. */
                    totalRssHuge: Long;

                    /** MemoryStat totalMappedFile. */
                    totalMappedFile: Long;

                    /** MemoryStat totalDirty. */
                    totalDirty: Long;

                    /** MemoryStat totalWriteback. */
                    totalWriteback: Long;

                    /** MemoryStat totalPgPgIn. */
                    totalPgPgIn: Long;

                    /** MemoryStat totalPgPgOut. */
                    totalPgPgOut: Long;

                    /** MemoryStat totalPgFault. */
                    totalPgFault: Long;

                    /** MemoryStat totalPgMajFault. */
                    totalPgMajFault: Long;

                    /** MemoryStat totalInactiveAnon. */
                    totalInactiveAnon: Long;

                    /** MemoryStat totalActiveAnon. */
                    totalActiveAnon: Long;

                    /** MemoryStat totalInactiveFile. */
                    totalInactiveFile: Long;

                    /** MemoryStat totalActiveFile. */
                    totalActiveFile: Long;

                    /** MemoryStat totalUnevictable. */
                    totalUnevictable: Long;

                    /** MemoryStat usage. */
                    usage?: (io.containerd.cgroups.v1.MemoryEntry.$Properties|null);

                    /** MemoryStat swap. */
                    swap?: (io.containerd.cgroups.v1.MemoryEntry.$Properties|null);

                    /** MemoryStat kernel. */
                    kernel?: (io.containerd.cgroups.v1.MemoryEntry.$Properties|null);

                    /** MemoryStat kernelTcp. */
                    kernelTcp?: (io.containerd.cgroups.v1.MemoryEntry.$Properties|null);

                    /**
                     * Creates a new MemoryStat instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns MemoryStat instance
                     */
                    static create(properties: io.containerd.cgroups.v1.MemoryStat.$Shape): io.containerd.cgroups.v1.MemoryStat & io.containerd.cgroups.v1.MemoryStat.$Shape;
                    static create(properties?: io.containerd.cgroups.v1.MemoryStat.$Properties): io.containerd.cgroups.v1.MemoryStat;

                    /**
                     * Encodes the specified MemoryStat message. Does not implicitly {@link io.containerd.cgroups.v1.MemoryStat.verify|verify} messages.
                     * @param message MemoryStat message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v1.MemoryStat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a MemoryStat message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v1.MemoryStat & io.containerd.cgroups.v1.MemoryStat.$Shape} MemoryStat
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v1.MemoryStat & io.containerd.cgroups.v1.MemoryStat.$Shape;
                }

                namespace MemoryStat {

                    /** Properties of a MemoryStat. */
                    interface $Properties {

                        /** MemoryStat cache */
                        cache?: (Long|null);

                        /** MemoryStat rss */
                        rss?: (Long|null);

                        /** MemoryStat rssHuge */
                        rssHuge?: (Long|null);

                        /** MemoryStat mappedFile */
                        mappedFile?: (Long|null);

                        /** MemoryStat dirty */
                        dirty?: (Long|null);

                        /** MemoryStat writeback */
                        writeback?: (Long|null);

                        /** MemoryStat pgPgIn */
                        pgPgIn?: (Long|null);

                        /** MemoryStat pgPgOut */
                        pgPgOut?: (Long|null);

                        /** MemoryStat pgFault */
                        pgFault?: (Long|null);

                        /** MemoryStat pgMajFault */
                        pgMajFault?: (Long|null);

                        /** MemoryStat inactiveAnon */
                        inactiveAnon?: (Long|null);

                        /** MemoryStat activeAnon */
                        activeAnon?: (Long|null);

                        /** MemoryStat inactiveFile */
                        inactiveFile?: (Long|null);

                        /** MemoryStat activeFile */
                        activeFile?: (Long|null);

                        /** MemoryStat unevictable */
                        unevictable?: (Long|null);

                        /** MemoryStat hierarchicalMemoryLimit */
                        hierarchicalMemoryLimit?: (Long|null);

                        /** MemoryStat hierarchicalSwapLimit */
                        hierarchicalSwapLimit?: (Long|null);

                        /** MemoryStat totalCache */
                        totalCache?: (Long|null);

                        /** MemoryStat totalRss */
                        totalRss?: (Long|null);

                        /** MemoryStat totalRssHuge */
                        totalRssHuge?: (Long|null);

                        /** MemoryStat totalMappedFile */
                        totalMappedFile?: (Long|null);

                        /** MemoryStat totalDirty */
                        totalDirty?: (Long|null);

                        /** MemoryStat totalWriteback */
                        totalWriteback?: (Long|null);

                        /** MemoryStat totalPgPgIn */
                        totalPgPgIn?: (Long|null);

                        /** MemoryStat totalPgPgOut */
                        totalPgPgOut?: (Long|null);

                        /** MemoryStat totalPgFault */
                        totalPgFault?: (Long|null);

                        /** MemoryStat totalPgMajFault */
                        totalPgMajFault?: (Long|null);

                        /** MemoryStat totalInactiveAnon */
                        totalInactiveAnon?: (Long|null);

                        /** MemoryStat totalActiveAnon */
                        totalActiveAnon?: (Long|null);

                        /** MemoryStat totalInactiveFile */
                        totalInactiveFile?: (Long|null);

                        /** MemoryStat totalActiveFile */
                        totalActiveFile?: (Long|null);

                        /** MemoryStat totalUnevictable */
                        totalUnevictable?: (Long|null);

                        /** MemoryStat usage */
                        usage?: (io.containerd.cgroups.v1.MemoryEntry.$Properties|null);

                        /** MemoryStat swap */
                        swap?: (io.containerd.cgroups.v1.MemoryEntry.$Properties|null);

                        /** MemoryStat kernel */
                        kernel?: (io.containerd.cgroups.v1.MemoryEntry.$Properties|null);

                        /** MemoryStat kernelTcp */
                        kernelTcp?: (io.containerd.cgroups.v1.MemoryEntry.$Properties|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a MemoryStat. */
                    type $Shape = io.containerd.cgroups.v1.MemoryStat.$Properties;
                }

                /**
                 * Properties of a MemoryEntry.
                 * @deprecated Use io.containerd.cgroups.v1.MemoryEntry.$Properties instead.
                 */
                interface IMemoryEntry extends io.containerd.cgroups.v1.MemoryEntry.$Properties {
                }

                /** Represents a MemoryEntry. */
                class MemoryEntry {

                    /**
                     * Constructs a new MemoryEntry.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v1.MemoryEntry.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** MemoryEntry limit. */
                    limit: Long;

                    /** MemoryEntry usage. */
                    usage: Long;

                    /** MemoryEntry max. */
                    max: Long;

                    /** MemoryEntry failcnt. */
                    failcnt: Long;

                    /**
                     * Creates a new MemoryEntry instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns MemoryEntry instance
                     */
                    static create(properties: io.containerd.cgroups.v1.MemoryEntry.$Shape): io.containerd.cgroups.v1.MemoryEntry & io.containerd.cgroups.v1.MemoryEntry.$Shape;
                    static create(properties?: io.containerd.cgroups.v1.MemoryEntry.$Properties): io.containerd.cgroups.v1.MemoryEntry;

                    /**
                     * Encodes the specified MemoryEntry message. Does not implicitly {@link io.containerd.cgroups.v1.MemoryEntry.verify|verify} messages.
                     * @param message MemoryEntry message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v1.MemoryEntry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a MemoryEntry message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v1.MemoryEntry & io.containerd.cgroups.v1.MemoryEntry.$Shape} MemoryEntry
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v1.MemoryEntry & io.containerd.cgroups.v1.MemoryEntry.$Shape;
                }

                namespace MemoryEntry {

                    /** Properties of a MemoryEntry. */
                    interface $Properties {

                        /** MemoryEntry limit */
                        limit?: (Long|null);

                        /** MemoryEntry usage */
                        usage?: (Long|null);

                        /** MemoryEntry max */
                        max?: (Long|null);

                        /** MemoryEntry failcnt */
                        failcnt?: (Long|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a MemoryEntry. */
                    type $Shape = io.containerd.cgroups.v1.MemoryEntry.$Properties;
                }

                /**
                 * Properties of a MemoryOomControl.
                 * @deprecated Use io.containerd.cgroups.v1.MemoryOomControl.$Properties instead.
                 */
                interface IMemoryOomControl extends io.containerd.cgroups.v1.MemoryOomControl.$Properties {
                }

                /** Represents a MemoryOomControl. */
                class MemoryOomControl {

                    /**
                     * Constructs a new MemoryOomControl.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v1.MemoryOomControl.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** MemoryOomControl oomKillDisable. */
                    oomKillDisable: Long;

                    /** MemoryOomControl underOom. */
                    underOom: Long;

                    /** MemoryOomControl oomKill. */
                    oomKill: Long;

                    /**
                     * Creates a new MemoryOomControl instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns MemoryOomControl instance
                     */
                    static create(properties: io.containerd.cgroups.v1.MemoryOomControl.$Shape): io.containerd.cgroups.v1.MemoryOomControl & io.containerd.cgroups.v1.MemoryOomControl.$Shape;
                    static create(properties?: io.containerd.cgroups.v1.MemoryOomControl.$Properties): io.containerd.cgroups.v1.MemoryOomControl;

                    /**
                     * Encodes the specified MemoryOomControl message. Does not implicitly {@link io.containerd.cgroups.v1.MemoryOomControl.verify|verify} messages.
                     * @param message MemoryOomControl message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v1.MemoryOomControl.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a MemoryOomControl message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v1.MemoryOomControl & io.containerd.cgroups.v1.MemoryOomControl.$Shape} MemoryOomControl
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v1.MemoryOomControl & io.containerd.cgroups.v1.MemoryOomControl.$Shape;
                }

                namespace MemoryOomControl {

                    /** Properties of a MemoryOomControl. */
                    interface $Properties {

                        /** MemoryOomControl oomKillDisable */
                        oomKillDisable?: (Long|null);

                        /** MemoryOomControl underOom */
                        underOom?: (Long|null);

                        /** MemoryOomControl oomKill */
                        oomKill?: (Long|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a MemoryOomControl. */
                    type $Shape = io.containerd.cgroups.v1.MemoryOomControl.$Properties;
                }

                /**
                 * Properties of a BlkIOStat.
                 * @deprecated Use io.containerd.cgroups.v1.BlkIOStat.$Properties instead.
                 */
                interface IBlkIOStat extends io.containerd.cgroups.v1.BlkIOStat.$Properties {
                }

                /** Represents a BlkIOStat. */
                class BlkIOStat {

                    /**
                     * Constructs a new BlkIOStat.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v1.BlkIOStat.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** BlkIOStat ioServiceBytesRecursive. */
                    ioServiceBytesRecursive: io.containerd.cgroups.v1.BlkIOEntry.$Properties[];

                    /** BlkIOStat ioServicedRecursive. */
                    ioServicedRecursive: io.containerd.cgroups.v1.BlkIOEntry.$Properties[];

                    /** BlkIOStat ioQueuedRecursive. */
                    ioQueuedRecursive: io.containerd.cgroups.v1.BlkIOEntry.$Properties[];

                    /** BlkIOStat ioServiceTimeRecursive. */
                    ioServiceTimeRecursive: io.containerd.cgroups.v1.BlkIOEntry.$Properties[];

                    /** BlkIOStat ioWaitTimeRecursive. */
                    ioWaitTimeRecursive: io.containerd.cgroups.v1.BlkIOEntry.$Properties[];

                    /** BlkIOStat ioMergedRecursive. */
                    ioMergedRecursive: io.containerd.cgroups.v1.BlkIOEntry.$Properties[];

                    /** BlkIOStat ioTimeRecursive. */
                    ioTimeRecursive: io.containerd.cgroups.v1.BlkIOEntry.$Properties[];

                    /** BlkIOStat sectorsRecursive. */
                    sectorsRecursive: io.containerd.cgroups.v1.BlkIOEntry.$Properties[];

                    /**
                     * Creates a new BlkIOStat instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns BlkIOStat instance
                     */
                    static create(properties: io.containerd.cgroups.v1.BlkIOStat.$Shape): io.containerd.cgroups.v1.BlkIOStat & io.containerd.cgroups.v1.BlkIOStat.$Shape;
                    static create(properties?: io.containerd.cgroups.v1.BlkIOStat.$Properties): io.containerd.cgroups.v1.BlkIOStat;

                    /**
                     * Encodes the specified BlkIOStat message. Does not implicitly {@link io.containerd.cgroups.v1.BlkIOStat.verify|verify} messages.
                     * @param message BlkIOStat message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v1.BlkIOStat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a BlkIOStat message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v1.BlkIOStat & io.containerd.cgroups.v1.BlkIOStat.$Shape} BlkIOStat
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v1.BlkIOStat & io.containerd.cgroups.v1.BlkIOStat.$Shape;
                }

                namespace BlkIOStat {

                    /** Properties of a BlkIOStat. */
                    interface $Properties {

                        /** BlkIOStat ioServiceBytesRecursive */
                        ioServiceBytesRecursive?: (io.containerd.cgroups.v1.BlkIOEntry.$Properties[]|null);

                        /** BlkIOStat ioServicedRecursive */
                        ioServicedRecursive?: (io.containerd.cgroups.v1.BlkIOEntry.$Properties[]|null);

                        /** BlkIOStat ioQueuedRecursive */
                        ioQueuedRecursive?: (io.containerd.cgroups.v1.BlkIOEntry.$Properties[]|null);

                        /** BlkIOStat ioServiceTimeRecursive */
                        ioServiceTimeRecursive?: (io.containerd.cgroups.v1.BlkIOEntry.$Properties[]|null);

                        /** BlkIOStat ioWaitTimeRecursive */
                        ioWaitTimeRecursive?: (io.containerd.cgroups.v1.BlkIOEntry.$Properties[]|null);

                        /** BlkIOStat ioMergedRecursive */
                        ioMergedRecursive?: (io.containerd.cgroups.v1.BlkIOEntry.$Properties[]|null);

                        /** BlkIOStat ioTimeRecursive */
                        ioTimeRecursive?: (io.containerd.cgroups.v1.BlkIOEntry.$Properties[]|null);

                        /** BlkIOStat sectorsRecursive */
                        sectorsRecursive?: (io.containerd.cgroups.v1.BlkIOEntry.$Properties[]|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a BlkIOStat. */
                    type $Shape = io.containerd.cgroups.v1.BlkIOStat.$Properties;
                }

                /**
                 * Properties of a BlkIOEntry.
                 * @deprecated Use io.containerd.cgroups.v1.BlkIOEntry.$Properties instead.
                 */
                interface IBlkIOEntry extends io.containerd.cgroups.v1.BlkIOEntry.$Properties {
                }

                /** Represents a BlkIOEntry. */
                class BlkIOEntry {

                    /**
                     * Constructs a new BlkIOEntry.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v1.BlkIOEntry.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** BlkIOEntry op. */
                    op: string;

                    /** BlkIOEntry device. */
                    device: string;

                    /** BlkIOEntry major. */
                    major: Long;

                    /** BlkIOEntry minor. */
                    minor: Long;

                    /** BlkIOEntry value. */
                    value: Long;

                    /**
                     * Creates a new BlkIOEntry instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns BlkIOEntry instance
                     */
                    static create(properties: io.containerd.cgroups.v1.BlkIOEntry.$Shape): io.containerd.cgroups.v1.BlkIOEntry & io.containerd.cgroups.v1.BlkIOEntry.$Shape;
                    static create(properties?: io.containerd.cgroups.v1.BlkIOEntry.$Properties): io.containerd.cgroups.v1.BlkIOEntry;

                    /**
                     * Encodes the specified BlkIOEntry message. Does not implicitly {@link io.containerd.cgroups.v1.BlkIOEntry.verify|verify} messages.
                     * @param message BlkIOEntry message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v1.BlkIOEntry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a BlkIOEntry message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v1.BlkIOEntry & io.containerd.cgroups.v1.BlkIOEntry.$Shape} BlkIOEntry
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v1.BlkIOEntry & io.containerd.cgroups.v1.BlkIOEntry.$Shape;
                }

                namespace BlkIOEntry {

                    /** Properties of a BlkIOEntry. */
                    interface $Properties {

                        /** BlkIOEntry op */
                        op?: (string|null);

                        /** BlkIOEntry device */
                        device?: (string|null);

                        /** BlkIOEntry major */
                        major?: (Long|null);

                        /** BlkIOEntry minor */
                        minor?: (Long|null);

                        /** BlkIOEntry value */
                        value?: (Long|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a BlkIOEntry. */
                    type $Shape = io.containerd.cgroups.v1.BlkIOEntry.$Properties;
                }

                /**
                 * Properties of a RdmaStat.
                 * @deprecated Use io.containerd.cgroups.v1.RdmaStat.$Properties instead.
                 */
                interface IRdmaStat extends io.containerd.cgroups.v1.RdmaStat.$Properties {
                }

                /** Represents a RdmaStat. */
                class RdmaStat {

                    /**
                     * Constructs a new RdmaStat.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v1.RdmaStat.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** RdmaStat current. */
                    current: io.containerd.cgroups.v1.RdmaEntry.$Properties[];

                    /** RdmaStat limit. */
                    limit: io.containerd.cgroups.v1.RdmaEntry.$Properties[];

                    /**
                     * Creates a new RdmaStat instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns RdmaStat instance
                     */
                    static create(properties: io.containerd.cgroups.v1.RdmaStat.$Shape): io.containerd.cgroups.v1.RdmaStat & io.containerd.cgroups.v1.RdmaStat.$Shape;
                    static create(properties?: io.containerd.cgroups.v1.RdmaStat.$Properties): io.containerd.cgroups.v1.RdmaStat;

                    /**
                     * Encodes the specified RdmaStat message. Does not implicitly {@link io.containerd.cgroups.v1.RdmaStat.verify|verify} messages.
                     * @param message RdmaStat message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v1.RdmaStat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a RdmaStat message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v1.RdmaStat & io.containerd.cgroups.v1.RdmaStat.$Shape} RdmaStat
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v1.RdmaStat & io.containerd.cgroups.v1.RdmaStat.$Shape;
                }

                namespace RdmaStat {

                    /** Properties of a RdmaStat. */
                    interface $Properties {

                        /** RdmaStat current */
                        current?: (io.containerd.cgroups.v1.RdmaEntry.$Properties[]|null);

                        /** RdmaStat limit */
                        limit?: (io.containerd.cgroups.v1.RdmaEntry.$Properties[]|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a RdmaStat. */
                    type $Shape = io.containerd.cgroups.v1.RdmaStat.$Properties;
                }

                /**
                 * Properties of a RdmaEntry.
                 * @deprecated Use io.containerd.cgroups.v1.RdmaEntry.$Properties instead.
                 */
                interface IRdmaEntry extends io.containerd.cgroups.v1.RdmaEntry.$Properties {
                }

                /** Represents a RdmaEntry. */
                class RdmaEntry {

                    /**
                     * Constructs a new RdmaEntry.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v1.RdmaEntry.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** RdmaEntry device. */
                    device: string;

                    /** RdmaEntry hcaHandles. */
                    hcaHandles: number;

                    /** RdmaEntry hcaObjects. */
                    hcaObjects: number;

                    /**
                     * Creates a new RdmaEntry instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns RdmaEntry instance
                     */
                    static create(properties: io.containerd.cgroups.v1.RdmaEntry.$Shape): io.containerd.cgroups.v1.RdmaEntry & io.containerd.cgroups.v1.RdmaEntry.$Shape;
                    static create(properties?: io.containerd.cgroups.v1.RdmaEntry.$Properties): io.containerd.cgroups.v1.RdmaEntry;

                    /**
                     * Encodes the specified RdmaEntry message. Does not implicitly {@link io.containerd.cgroups.v1.RdmaEntry.verify|verify} messages.
                     * @param message RdmaEntry message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v1.RdmaEntry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a RdmaEntry message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v1.RdmaEntry & io.containerd.cgroups.v1.RdmaEntry.$Shape} RdmaEntry
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v1.RdmaEntry & io.containerd.cgroups.v1.RdmaEntry.$Shape;
                }

                namespace RdmaEntry {

                    /** Properties of a RdmaEntry. */
                    interface $Properties {

                        /** RdmaEntry device */
                        device?: (string|null);

                        /** RdmaEntry hcaHandles */
                        hcaHandles?: (number|null);

                        /** RdmaEntry hcaObjects */
                        hcaObjects?: (number|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a RdmaEntry. */
                    type $Shape = io.containerd.cgroups.v1.RdmaEntry.$Properties;
                }

                /**
                 * Properties of a NetworkStat.
                 * @deprecated Use io.containerd.cgroups.v1.NetworkStat.$Properties instead.
                 */
                interface INetworkStat extends io.containerd.cgroups.v1.NetworkStat.$Properties {
                }

                /** Represents a NetworkStat. */
                class NetworkStat {

                    /**
                     * Constructs a new NetworkStat.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v1.NetworkStat.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** NetworkStat name. */
                    name: string;

                    /** NetworkStat rxBytes. */
                    rxBytes: Long;

                    /** NetworkStat rxPackets. */
                    rxPackets: Long;

                    /** NetworkStat rxErrors. */
                    rxErrors: Long;

                    /** NetworkStat rxDropped. */
                    rxDropped: Long;

                    /** NetworkStat txBytes. */
                    txBytes: Long;

                    /** NetworkStat txPackets. */
                    txPackets: Long;

                    /** NetworkStat txErrors. */
                    txErrors: Long;

                    /** NetworkStat txDropped. */
                    txDropped: Long;

                    /**
                     * Creates a new NetworkStat instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns NetworkStat instance
                     */
                    static create(properties: io.containerd.cgroups.v1.NetworkStat.$Shape): io.containerd.cgroups.v1.NetworkStat & io.containerd.cgroups.v1.NetworkStat.$Shape;
                    static create(properties?: io.containerd.cgroups.v1.NetworkStat.$Properties): io.containerd.cgroups.v1.NetworkStat;

                    /**
                     * Encodes the specified NetworkStat message. Does not implicitly {@link io.containerd.cgroups.v1.NetworkStat.verify|verify} messages.
                     * @param message NetworkStat message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v1.NetworkStat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a NetworkStat message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v1.NetworkStat & io.containerd.cgroups.v1.NetworkStat.$Shape} NetworkStat
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v1.NetworkStat & io.containerd.cgroups.v1.NetworkStat.$Shape;
                }

                namespace NetworkStat {

                    /** Properties of a NetworkStat. */
                    interface $Properties {

                        /** NetworkStat name */
                        name?: (string|null);

                        /** NetworkStat rxBytes */
                        rxBytes?: (Long|null);

                        /** NetworkStat rxPackets */
                        rxPackets?: (Long|null);

                        /** NetworkStat rxErrors */
                        rxErrors?: (Long|null);

                        /** NetworkStat rxDropped */
                        rxDropped?: (Long|null);

                        /** NetworkStat txBytes */
                        txBytes?: (Long|null);

                        /** NetworkStat txPackets */
                        txPackets?: (Long|null);

                        /** NetworkStat txErrors */
                        txErrors?: (Long|null);

                        /** NetworkStat txDropped */
                        txDropped?: (Long|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a NetworkStat. */
                    type $Shape = io.containerd.cgroups.v1.NetworkStat.$Properties;
                }

                /**
                 * Properties of a CgroupStats.
                 * @deprecated Use io.containerd.cgroups.v1.CgroupStats.$Properties instead.
                 */
                interface ICgroupStats extends io.containerd.cgroups.v1.CgroupStats.$Properties {
                }

                /** Represents a CgroupStats. */
                class CgroupStats {

                    /**
                     * Constructs a new CgroupStats.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v1.CgroupStats.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** CgroupStats nrSleeping. */
                    nrSleeping: Long;

                    /** CgroupStats nrRunning. */
                    nrRunning: Long;

                    /** CgroupStats nrStopped. */
                    nrStopped: Long;

                    /** CgroupStats nrUninterruptible. */
                    nrUninterruptible: Long;

                    /** CgroupStats nrIoWait. */
                    nrIoWait: Long;

                    /**
                     * Creates a new CgroupStats instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns CgroupStats instance
                     */
                    static create(properties: io.containerd.cgroups.v1.CgroupStats.$Shape): io.containerd.cgroups.v1.CgroupStats & io.containerd.cgroups.v1.CgroupStats.$Shape;
                    static create(properties?: io.containerd.cgroups.v1.CgroupStats.$Properties): io.containerd.cgroups.v1.CgroupStats;

                    /**
                     * Encodes the specified CgroupStats message. Does not implicitly {@link io.containerd.cgroups.v1.CgroupStats.verify|verify} messages.
                     * @param message CgroupStats message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v1.CgroupStats.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a CgroupStats message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v1.CgroupStats & io.containerd.cgroups.v1.CgroupStats.$Shape} CgroupStats
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v1.CgroupStats & io.containerd.cgroups.v1.CgroupStats.$Shape;
                }

                namespace CgroupStats {

                    /** Properties of a CgroupStats. */
                    interface $Properties {

                        /** CgroupStats nrSleeping */
                        nrSleeping?: (Long|null);

                        /** CgroupStats nrRunning */
                        nrRunning?: (Long|null);

                        /** CgroupStats nrStopped */
                        nrStopped?: (Long|null);

                        /** CgroupStats nrUninterruptible */
                        nrUninterruptible?: (Long|null);

                        /** CgroupStats nrIoWait */
                        nrIoWait?: (Long|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a CgroupStats. */
                    type $Shape = io.containerd.cgroups.v1.CgroupStats.$Properties;
                }
            }

            /** Namespace v2. */
            namespace v2 {

                /**
                 * Properties of a Metrics.
                 * @deprecated Use io.containerd.cgroups.v2.Metrics.$Properties instead.
                 */
                interface IMetrics extends io.containerd.cgroups.v2.Metrics.$Properties {
                }

                /** Represents a Metrics. */
                class Metrics {

                    /**
                     * Constructs a new Metrics.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v2.Metrics.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** Metrics pids. */
                    pids?: (io.containerd.cgroups.v2.PidsStat.$Properties|null);

                    /** Metrics cpu. */
                    cpu?: (io.containerd.cgroups.v2.CPUStat.$Properties|null);

                    /** Metrics memory. */
                    memory?: (io.containerd.cgroups.v2.MemoryStat.$Properties|null);

                    /** Metrics rdma. */
                    rdma?: (io.containerd.cgroups.v2.RdmaStat.$Properties|null);

                    /** Metrics io. */
                    io?: (io.containerd.cgroups.v2.IOStat.$Properties|null);

                    /** Metrics hugetlb. */
                    hugetlb: io.containerd.cgroups.v2.HugeTlbStat.$Properties[];

                    /** Metrics memoryEvents. */
                    memoryEvents?: (io.containerd.cgroups.v2.MemoryEvents.$Properties|null);

                    /** Metrics network. */
                    network: io.containerd.cgroups.v2.NetworkStat.$Properties[];

                    /**
                     * Creates a new Metrics instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns Metrics instance
                     */
                    static create(properties: io.containerd.cgroups.v2.Metrics.$Shape): io.containerd.cgroups.v2.Metrics & io.containerd.cgroups.v2.Metrics.$Shape;
                    static create(properties?: io.containerd.cgroups.v2.Metrics.$Properties): io.containerd.cgroups.v2.Metrics;

                    /**
                     * Encodes the specified Metrics message. Does not implicitly {@link io.containerd.cgroups.v2.Metrics.verify|verify} messages.
                     * @param message Metrics message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v2.Metrics.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a Metrics message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v2.Metrics & io.containerd.cgroups.v2.Metrics.$Shape} Metrics
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v2.Metrics & io.containerd.cgroups.v2.Metrics.$Shape;
                }

                namespace Metrics {

                    /** Properties of a Metrics. */
                    interface $Properties {

                        /** Metrics pids */
                        pids?: (io.containerd.cgroups.v2.PidsStat.$Properties|null);

                        /** Metrics cpu */
                        cpu?: (io.containerd.cgroups.v2.CPUStat.$Properties|null);

                        /** Metrics memory */
                        memory?: (io.containerd.cgroups.v2.MemoryStat.$Properties|null);

                        /** Metrics rdma */
                        rdma?: (io.containerd.cgroups.v2.RdmaStat.$Properties|null);

                        /** Metrics io */
                        io?: (io.containerd.cgroups.v2.IOStat.$Properties|null);

                        /** Metrics hugetlb */
                        hugetlb?: (io.containerd.cgroups.v2.HugeTlbStat.$Properties[]|null);

                        /** Metrics memoryEvents */
                        memoryEvents?: (io.containerd.cgroups.v2.MemoryEvents.$Properties|null);

                        /** Metrics network */
                        network?: (io.containerd.cgroups.v2.NetworkStat.$Properties[]|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a Metrics. */
                    type $Shape = io.containerd.cgroups.v2.Metrics.$Properties;
                }

                /**
                 * Properties of a PidsStat.
                 * @deprecated Use io.containerd.cgroups.v2.PidsStat.$Properties instead.
                 */
                interface IPidsStat extends io.containerd.cgroups.v2.PidsStat.$Properties {
                }

                /** Represents a PidsStat. */
                class PidsStat {

                    /**
                     * Constructs a new PidsStat.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v2.PidsStat.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** PidsStat current. */
                    current: Long;

                    /** PidsStat limit. */
                    limit: Long;

                    /**
                     * Creates a new PidsStat instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns PidsStat instance
                     */
                    static create(properties: io.containerd.cgroups.v2.PidsStat.$Shape): io.containerd.cgroups.v2.PidsStat & io.containerd.cgroups.v2.PidsStat.$Shape;
                    static create(properties?: io.containerd.cgroups.v2.PidsStat.$Properties): io.containerd.cgroups.v2.PidsStat;

                    /**
                     * Encodes the specified PidsStat message. Does not implicitly {@link io.containerd.cgroups.v2.PidsStat.verify|verify} messages.
                     * @param message PidsStat message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v2.PidsStat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a PidsStat message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v2.PidsStat & io.containerd.cgroups.v2.PidsStat.$Shape} PidsStat
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v2.PidsStat & io.containerd.cgroups.v2.PidsStat.$Shape;
                }

                namespace PidsStat {

                    /** Properties of a PidsStat. */
                    interface $Properties {

                        /** PidsStat current */
                        current?: (Long|null);

                        /** PidsStat limit */
                        limit?: (Long|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a PidsStat. */
                    type $Shape = io.containerd.cgroups.v2.PidsStat.$Properties;
                }

                /**
                 * Properties of a CPUStat.
                 * @deprecated Use io.containerd.cgroups.v2.CPUStat.$Properties instead.
                 */
                interface ICPUStat extends io.containerd.cgroups.v2.CPUStat.$Properties {
                }

                /** Represents a CPUStat. */
                class CPUStat {

                    /**
                     * Constructs a new CPUStat.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v2.CPUStat.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** CPUStat usageUsec. */
                    usageUsec: Long;

                    /** CPUStat userUsec. */
                    userUsec: Long;

                    /** CPUStat systemUsec. */
                    systemUsec: Long;

                    /** CPUStat nrPeriods. */
                    nrPeriods: Long;

                    /** CPUStat nrThrottled. */
                    nrThrottled: Long;

                    /** CPUStat throttledUsec. */
                    throttledUsec: Long;

                    /** CPUStat psi. */
                    psi?: (io.containerd.cgroups.v2.PSIStats.$Properties|null);

                    /** CPUStat nrBursts. */
                    nrBursts: Long;

                    /** CPUStat burstUsec. */
                    burstUsec: Long;

                    /**
                     * Creates a new CPUStat instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns CPUStat instance
                     */
                    static create(properties: io.containerd.cgroups.v2.CPUStat.$Shape): io.containerd.cgroups.v2.CPUStat & io.containerd.cgroups.v2.CPUStat.$Shape;
                    static create(properties?: io.containerd.cgroups.v2.CPUStat.$Properties): io.containerd.cgroups.v2.CPUStat;

                    /**
                     * Encodes the specified CPUStat message. Does not implicitly {@link io.containerd.cgroups.v2.CPUStat.verify|verify} messages.
                     * @param message CPUStat message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v2.CPUStat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a CPUStat message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v2.CPUStat & io.containerd.cgroups.v2.CPUStat.$Shape} CPUStat
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v2.CPUStat & io.containerd.cgroups.v2.CPUStat.$Shape;
                }

                namespace CPUStat {

                    /** Properties of a CPUStat. */
                    interface $Properties {

                        /** CPUStat usageUsec */
                        usageUsec?: (Long|null);

                        /** CPUStat userUsec */
                        userUsec?: (Long|null);

                        /** CPUStat systemUsec */
                        systemUsec?: (Long|null);

                        /** CPUStat nrPeriods */
                        nrPeriods?: (Long|null);

                        /** CPUStat nrThrottled */
                        nrThrottled?: (Long|null);

                        /** CPUStat throttledUsec */
                        throttledUsec?: (Long|null);

                        /** CPUStat psi */
                        psi?: (io.containerd.cgroups.v2.PSIStats.$Properties|null);

                        /** CPUStat nrBursts */
                        nrBursts?: (Long|null);

                        /** CPUStat burstUsec */
                        burstUsec?: (Long|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a CPUStat. */
                    type $Shape = io.containerd.cgroups.v2.CPUStat.$Properties;
                }

                /**
                 * Properties of a MemoryStat.
                 * @deprecated Use io.containerd.cgroups.v2.MemoryStat.$Properties instead.
                 */
                interface IMemoryStat extends io.containerd.cgroups.v2.MemoryStat.$Properties {
                }

                /** Represents a MemoryStat. */
                class MemoryStat {

                    /**
                     * Constructs a new MemoryStat.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v2.MemoryStat.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** MemoryStat anon. */
                    anon: Long;

                    /** MemoryStat file. */
                    file: Long;

                    /** MemoryStat kernelStack. */
                    kernelStack: Long;

                    /** MemoryStat slab. */
                    slab: Long;

                    /** MemoryStat sock. */
                    sock: Long;

                    /** MemoryStat shmem. */
                    shmem: Long;

                    /** MemoryStat fileMapped. */
                    fileMapped: Long;

                    /** MemoryStat fileDirty. */
                    fileDirty: Long;

                    /** MemoryStat fileWriteback. */
                    fileWriteback: Long;

                    /** MemoryStat anonThp. */
                    anonThp: Long;

                    /** MemoryStat inactiveAnon. */
                    inactiveAnon: Long;

                    /** MemoryStat activeAnon. */
                    activeAnon: Long;

                    /** MemoryStat inactiveFile. */
                    inactiveFile: Long;

                    /** MemoryStat activeFile. */
                    activeFile: Long;

                    /** MemoryStat unevictable. */
                    unevictable: Long;

                    /** MemoryStat slabReclaimable. */
                    slabReclaimable: Long;

                    /** MemoryStat slabUnreclaimable. */
                    slabUnreclaimable: Long;

                    /** MemoryStat pgfault. */
                    pgfault: Long;

                    /** MemoryStat pgmajfault. */
                    pgmajfault: Long;

                    /** MemoryStat workingsetRefault. */
                    workingsetRefault: Long;

                    /** MemoryStat workingsetActivate. */
                    workingsetActivate: Long;

                    /** MemoryStat workingsetNodereclaim. */
                    workingsetNodereclaim: Long;

                    /** MemoryStat pgrefill. */
                    pgrefill: Long;

                    /** MemoryStat pgscan. */
                    pgscan: Long;

                    /** MemoryStat pgsteal. */
                    pgsteal: Long;

                    /** MemoryStat pgactivate. */
                    pgactivate: Long;

                    /** MemoryStat pgdeactivate. */
                    pgdeactivate: Long;

                    /** MemoryStat pglazyfree. */
                    pglazyfree: Long;

                    /** MemoryStat pglazyfreed. */
                    pglazyfreed: Long;

                    /** MemoryStat thpFaultAlloc. */
                    thpFaultAlloc: Long;

                    /** MemoryStat thpCollapseAlloc. */
                    thpCollapseAlloc: Long;

                    /** MemoryStat usage. */
                    usage: Long;

                    /** MemoryStat usageLimit. */
                    usageLimit: Long;

                    /** MemoryStat swapUsage. */
                    swapUsage: Long;

                    /** MemoryStat swapLimit. */
                    swapLimit: Long;

                    /** MemoryStat maxUsage. */
                    maxUsage: Long;

                    /** MemoryStat swapMaxUsage. */
                    swapMaxUsage: Long;

                    /** MemoryStat psi. */
                    psi?: (io.containerd.cgroups.v2.PSIStats.$Properties|null);

                    /**
                     * Creates a new MemoryStat instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns MemoryStat instance
                     */
                    static create(properties: io.containerd.cgroups.v2.MemoryStat.$Shape): io.containerd.cgroups.v2.MemoryStat & io.containerd.cgroups.v2.MemoryStat.$Shape;
                    static create(properties?: io.containerd.cgroups.v2.MemoryStat.$Properties): io.containerd.cgroups.v2.MemoryStat;

                    /**
                     * Encodes the specified MemoryStat message. Does not implicitly {@link io.containerd.cgroups.v2.MemoryStat.verify|verify} messages.
                     * @param message MemoryStat message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v2.MemoryStat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a MemoryStat message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v2.MemoryStat & io.containerd.cgroups.v2.MemoryStat.$Shape} MemoryStat
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v2.MemoryStat & io.containerd.cgroups.v2.MemoryStat.$Shape;
                }

                namespace MemoryStat {

                    /** Properties of a MemoryStat. */
                    interface $Properties {

                        /** MemoryStat anon */
                        anon?: (Long|null);

                        /** MemoryStat file */
                        file?: (Long|null);

                        /** MemoryStat kernelStack */
                        kernelStack?: (Long|null);

                        /** MemoryStat slab */
                        slab?: (Long|null);

                        /** MemoryStat sock */
                        sock?: (Long|null);

                        /** MemoryStat shmem */
                        shmem?: (Long|null);

                        /** MemoryStat fileMapped */
                        fileMapped?: (Long|null);

                        /** MemoryStat fileDirty */
                        fileDirty?: (Long|null);

                        /** MemoryStat fileWriteback */
                        fileWriteback?: (Long|null);

                        /** MemoryStat anonThp */
                        anonThp?: (Long|null);

                        /** MemoryStat inactiveAnon */
                        inactiveAnon?: (Long|null);

                        /** MemoryStat activeAnon */
                        activeAnon?: (Long|null);

                        /** MemoryStat inactiveFile */
                        inactiveFile?: (Long|null);

                        /** MemoryStat activeFile */
                        activeFile?: (Long|null);

                        /** MemoryStat unevictable */
                        unevictable?: (Long|null);

                        /** MemoryStat slabReclaimable */
                        slabReclaimable?: (Long|null);

                        /** MemoryStat slabUnreclaimable */
                        slabUnreclaimable?: (Long|null);

                        /** MemoryStat pgfault */
                        pgfault?: (Long|null);

                        /** MemoryStat pgmajfault */
                        pgmajfault?: (Long|null);

                        /** MemoryStat workingsetRefault */
                        workingsetRefault?: (Long|null);

                        /** MemoryStat workingsetActivate */
                        workingsetActivate?: (Long|null);

                        /** MemoryStat workingsetNodereclaim */
                        workingsetNodereclaim?: (Long|null);

                        /** MemoryStat pgrefill */
                        pgrefill?: (Long|null);

                        /** MemoryStat pgscan */
                        pgscan?: (Long|null);

                        /** MemoryStat pgsteal */
                        pgsteal?: (Long|null);

                        /** MemoryStat pgactivate */
                        pgactivate?: (Long|null);

                        /** MemoryStat pgdeactivate */
                        pgdeactivate?: (Long|null);

                        /** MemoryStat pglazyfree */
                        pglazyfree?: (Long|null);

                        /** MemoryStat pglazyfreed */
                        pglazyfreed?: (Long|null);

                        /** MemoryStat thpFaultAlloc */
                        thpFaultAlloc?: (Long|null);

                        /** MemoryStat thpCollapseAlloc */
                        thpCollapseAlloc?: (Long|null);

                        /** MemoryStat usage */
                        usage?: (Long|null);

                        /** MemoryStat usageLimit */
                        usageLimit?: (Long|null);

                        /** MemoryStat swapUsage */
                        swapUsage?: (Long|null);

                        /** MemoryStat swapLimit */
                        swapLimit?: (Long|null);

                        /** MemoryStat maxUsage */
                        maxUsage?: (Long|null);

                        /** MemoryStat swapMaxUsage */
                        swapMaxUsage?: (Long|null);

                        /** MemoryStat psi */
                        psi?: (io.containerd.cgroups.v2.PSIStats.$Properties|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a MemoryStat. */
                    type $Shape = io.containerd.cgroups.v2.MemoryStat.$Properties;
                }

                /**
                 * Properties of a MemoryEvents.
                 * @deprecated Use io.containerd.cgroups.v2.MemoryEvents.$Properties instead.
                 */
                interface IMemoryEvents extends io.containerd.cgroups.v2.MemoryEvents.$Properties {
                }

                /** Represents a MemoryEvents. */
                class MemoryEvents {

                    /**
                     * Constructs a new MemoryEvents.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v2.MemoryEvents.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** MemoryEvents low. */
                    low: Long;

                    /** MemoryEvents high. */
                    high: Long;

                    /** MemoryEvents max. */
                    max: Long;

                    /** MemoryEvents oom. */
                    oom: Long;

                    /** MemoryEvents oomKill. */
                    oomKill: Long;

                    /** MemoryEvents oomGroupKill. */
                    oomGroupKill: Long;

                    /**
                     * Creates a new MemoryEvents instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns MemoryEvents instance
                     */
                    static create(properties: io.containerd.cgroups.v2.MemoryEvents.$Shape): io.containerd.cgroups.v2.MemoryEvents & io.containerd.cgroups.v2.MemoryEvents.$Shape;
                    static create(properties?: io.containerd.cgroups.v2.MemoryEvents.$Properties): io.containerd.cgroups.v2.MemoryEvents;

                    /**
                     * Encodes the specified MemoryEvents message. Does not implicitly {@link io.containerd.cgroups.v2.MemoryEvents.verify|verify} messages.
                     * @param message MemoryEvents message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v2.MemoryEvents.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a MemoryEvents message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v2.MemoryEvents & io.containerd.cgroups.v2.MemoryEvents.$Shape} MemoryEvents
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v2.MemoryEvents & io.containerd.cgroups.v2.MemoryEvents.$Shape;
                }

                namespace MemoryEvents {

                    /** Properties of a MemoryEvents. */
                    interface $Properties {

                        /** MemoryEvents low */
                        low?: (Long|null);

                        /** MemoryEvents high */
                        high?: (Long|null);

                        /** MemoryEvents max */
                        max?: (Long|null);

                        /** MemoryEvents oom */
                        oom?: (Long|null);

                        /** MemoryEvents oomKill */
                        oomKill?: (Long|null);

                        /** MemoryEvents oomGroupKill */
                        oomGroupKill?: (Long|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a MemoryEvents. */
                    type $Shape = io.containerd.cgroups.v2.MemoryEvents.$Properties;
                }

                /**
                 * Properties of a IOStat.
                 * @deprecated Use io.containerd.cgroups.v2.IOStat.$Properties instead.
                 */
                interface IIOStat extends io.containerd.cgroups.v2.IOStat.$Properties {
                }

                /** Represents a IOStat. */
                class IOStat {

                    /**
                     * Constructs a new IOStat.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v2.IOStat.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** IOStat usage. */
                    usage: io.containerd.cgroups.v2.IOEntry.$Properties[];

                    /** IOStat psi. */
                    psi?: (io.containerd.cgroups.v2.PSIStats.$Properties|null);

                    /**
                     * Creates a new IOStat instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns IOStat instance
                     */
                    static create(properties: io.containerd.cgroups.v2.IOStat.$Shape): io.containerd.cgroups.v2.IOStat & io.containerd.cgroups.v2.IOStat.$Shape;
                    static create(properties?: io.containerd.cgroups.v2.IOStat.$Properties): io.containerd.cgroups.v2.IOStat;

                    /**
                     * Encodes the specified IOStat message. Does not implicitly {@link io.containerd.cgroups.v2.IOStat.verify|verify} messages.
                     * @param message IOStat message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v2.IOStat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a IOStat message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v2.IOStat & io.containerd.cgroups.v2.IOStat.$Shape} IOStat
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v2.IOStat & io.containerd.cgroups.v2.IOStat.$Shape;
                }

                namespace IOStat {

                    /** Properties of a IOStat. */
                    interface $Properties {

                        /** IOStat usage */
                        usage?: (io.containerd.cgroups.v2.IOEntry.$Properties[]|null);

                        /** IOStat psi */
                        psi?: (io.containerd.cgroups.v2.PSIStats.$Properties|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a IOStat. */
                    type $Shape = io.containerd.cgroups.v2.IOStat.$Properties;
                }

                /**
                 * Properties of a IOEntry.
                 * @deprecated Use io.containerd.cgroups.v2.IOEntry.$Properties instead.
                 */
                interface IIOEntry extends io.containerd.cgroups.v2.IOEntry.$Properties {
                }

                /** Represents a IOEntry. */
                class IOEntry {

                    /**
                     * Constructs a new IOEntry.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v2.IOEntry.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** IOEntry major. */
                    major: Long;

                    /** IOEntry minor. */
                    minor: Long;

                    /** IOEntry rbytes. */
                    rbytes: Long;

                    /** IOEntry wbytes. */
                    wbytes: Long;

                    /** IOEntry rios. */
                    rios: Long;

                    /** IOEntry wios. */
                    wios: Long;

                    /**
                     * Creates a new IOEntry instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns IOEntry instance
                     */
                    static create(properties: io.containerd.cgroups.v2.IOEntry.$Shape): io.containerd.cgroups.v2.IOEntry & io.containerd.cgroups.v2.IOEntry.$Shape;
                    static create(properties?: io.containerd.cgroups.v2.IOEntry.$Properties): io.containerd.cgroups.v2.IOEntry;

                    /**
                     * Encodes the specified IOEntry message. Does not implicitly {@link io.containerd.cgroups.v2.IOEntry.verify|verify} messages.
                     * @param message IOEntry message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v2.IOEntry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a IOEntry message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v2.IOEntry & io.containerd.cgroups.v2.IOEntry.$Shape} IOEntry
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v2.IOEntry & io.containerd.cgroups.v2.IOEntry.$Shape;
                }

                namespace IOEntry {

                    /** Properties of a IOEntry. */
                    interface $Properties {

                        /** IOEntry major */
                        major?: (Long|null);

                        /** IOEntry minor */
                        minor?: (Long|null);

                        /** IOEntry rbytes */
                        rbytes?: (Long|null);

                        /** IOEntry wbytes */
                        wbytes?: (Long|null);

                        /** IOEntry rios */
                        rios?: (Long|null);

                        /** IOEntry wios */
                        wios?: (Long|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a IOEntry. */
                    type $Shape = io.containerd.cgroups.v2.IOEntry.$Properties;
                }

                /**
                 * Properties of a PSIStats.
                 * @deprecated Use io.containerd.cgroups.v2.PSIStats.$Properties instead.
                 */
                interface IPSIStats extends io.containerd.cgroups.v2.PSIStats.$Properties {
                }

                /** Represents a PSIStats. */
                class PSIStats {

                    /**
                     * Constructs a new PSIStats.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v2.PSIStats.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** PSIStats some. */
                    some?: (io.containerd.cgroups.v2.PSIData.$Properties|null);

                    /** PSIStats full. */
                    full?: (io.containerd.cgroups.v2.PSIData.$Properties|null);

                    /**
                     * Creates a new PSIStats instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns PSIStats instance
                     */
                    static create(properties: io.containerd.cgroups.v2.PSIStats.$Shape): io.containerd.cgroups.v2.PSIStats & io.containerd.cgroups.v2.PSIStats.$Shape;
                    static create(properties?: io.containerd.cgroups.v2.PSIStats.$Properties): io.containerd.cgroups.v2.PSIStats;

                    /**
                     * Encodes the specified PSIStats message. Does not implicitly {@link io.containerd.cgroups.v2.PSIStats.verify|verify} messages.
                     * @param message PSIStats message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v2.PSIStats.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a PSIStats message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v2.PSIStats & io.containerd.cgroups.v2.PSIStats.$Shape} PSIStats
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v2.PSIStats & io.containerd.cgroups.v2.PSIStats.$Shape;
                }

                namespace PSIStats {

                    /** Properties of a PSIStats. */
                    interface $Properties {

                        /** PSIStats some */
                        some?: (io.containerd.cgroups.v2.PSIData.$Properties|null);

                        /** PSIStats full */
                        full?: (io.containerd.cgroups.v2.PSIData.$Properties|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a PSIStats. */
                    type $Shape = io.containerd.cgroups.v2.PSIStats.$Properties;
                }

                /**
                 * Properties of a PSIData.
                 * @deprecated Use io.containerd.cgroups.v2.PSIData.$Properties instead.
                 */
                interface IPSIData extends io.containerd.cgroups.v2.PSIData.$Properties {
                }

                /** Represents a PSIData. */
                class PSIData {

                    /**
                     * Constructs a new PSIData.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v2.PSIData.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** PSIData avg10. */
                    avg10: number;

                    /** PSIData avg60. */
                    avg60: number;

                    /** PSIData avg300. */
                    avg300: number;

                    /** PSIData total. */
                    total: Long;

                    /**
                     * Creates a new PSIData instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns PSIData instance
                     */
                    static create(properties: io.containerd.cgroups.v2.PSIData.$Shape): io.containerd.cgroups.v2.PSIData & io.containerd.cgroups.v2.PSIData.$Shape;
                    static create(properties?: io.containerd.cgroups.v2.PSIData.$Properties): io.containerd.cgroups.v2.PSIData;

                    /**
                     * Encodes the specified PSIData message. Does not implicitly {@link io.containerd.cgroups.v2.PSIData.verify|verify} messages.
                     * @param message PSIData message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v2.PSIData.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a PSIData message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v2.PSIData & io.containerd.cgroups.v2.PSIData.$Shape} PSIData
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v2.PSIData & io.containerd.cgroups.v2.PSIData.$Shape;
                }

                namespace PSIData {

                    /** Properties of a PSIData. */
                    interface $Properties {

                        /** PSIData avg10 */
                        avg10?: (number|null);

                        /** PSIData avg60 */
                        avg60?: (number|null);

                        /** PSIData avg300 */
                        avg300?: (number|null);

                        /** PSIData total */
                        total?: (Long|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a PSIData. */
                    type $Shape = io.containerd.cgroups.v2.PSIData.$Properties;
                }

                /**
                 * Properties of a RdmaStat.
                 * @deprecated Use io.containerd.cgroups.v2.RdmaStat.$Properties instead.
                 */
                interface IRdmaStat extends io.containerd.cgroups.v2.RdmaStat.$Properties {
                }

                /** Represents a RdmaStat. */
                class RdmaStat {

                    /**
                     * Constructs a new RdmaStat.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v2.RdmaStat.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** RdmaStat current. */
                    current: io.containerd.cgroups.v2.RdmaEntry.$Properties[];

                    /** RdmaStat limit. */
                    limit: io.containerd.cgroups.v2.RdmaEntry.$Properties[];

                    /**
                     * Creates a new RdmaStat instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns RdmaStat instance
                     */
                    static create(properties: io.containerd.cgroups.v2.RdmaStat.$Shape): io.containerd.cgroups.v2.RdmaStat & io.containerd.cgroups.v2.RdmaStat.$Shape;
                    static create(properties?: io.containerd.cgroups.v2.RdmaStat.$Properties): io.containerd.cgroups.v2.RdmaStat;

                    /**
                     * Encodes the specified RdmaStat message. Does not implicitly {@link io.containerd.cgroups.v2.RdmaStat.verify|verify} messages.
                     * @param message RdmaStat message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v2.RdmaStat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a RdmaStat message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v2.RdmaStat & io.containerd.cgroups.v2.RdmaStat.$Shape} RdmaStat
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v2.RdmaStat & io.containerd.cgroups.v2.RdmaStat.$Shape;
                }

                namespace RdmaStat {

                    /** Properties of a RdmaStat. */
                    interface $Properties {

                        /** RdmaStat current */
                        current?: (io.containerd.cgroups.v2.RdmaEntry.$Properties[]|null);

                        /** RdmaStat limit */
                        limit?: (io.containerd.cgroups.v2.RdmaEntry.$Properties[]|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a RdmaStat. */
                    type $Shape = io.containerd.cgroups.v2.RdmaStat.$Properties;
                }

                /**
                 * Properties of a RdmaEntry.
                 * @deprecated Use io.containerd.cgroups.v2.RdmaEntry.$Properties instead.
                 */
                interface IRdmaEntry extends io.containerd.cgroups.v2.RdmaEntry.$Properties {
                }

                /** Represents a RdmaEntry. */
                class RdmaEntry {

                    /**
                     * Constructs a new RdmaEntry.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v2.RdmaEntry.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** RdmaEntry device. */
                    device: string;

                    /** RdmaEntry hcaHandles. */
                    hcaHandles: number;

                    /** RdmaEntry hcaObjects. */
                    hcaObjects: number;

                    /**
                     * Creates a new RdmaEntry instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns RdmaEntry instance
                     */
                    static create(properties: io.containerd.cgroups.v2.RdmaEntry.$Shape): io.containerd.cgroups.v2.RdmaEntry & io.containerd.cgroups.v2.RdmaEntry.$Shape;
                    static create(properties?: io.containerd.cgroups.v2.RdmaEntry.$Properties): io.containerd.cgroups.v2.RdmaEntry;

                    /**
                     * Encodes the specified RdmaEntry message. Does not implicitly {@link io.containerd.cgroups.v2.RdmaEntry.verify|verify} messages.
                     * @param message RdmaEntry message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v2.RdmaEntry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a RdmaEntry message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v2.RdmaEntry & io.containerd.cgroups.v2.RdmaEntry.$Shape} RdmaEntry
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v2.RdmaEntry & io.containerd.cgroups.v2.RdmaEntry.$Shape;
                }

                namespace RdmaEntry {

                    /** Properties of a RdmaEntry. */
                    interface $Properties {

                        /** RdmaEntry device */
                        device?: (string|null);

                        /** RdmaEntry hcaHandles */
                        hcaHandles?: (number|null);

                        /** RdmaEntry hcaObjects */
                        hcaObjects?: (number|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a RdmaEntry. */
                    type $Shape = io.containerd.cgroups.v2.RdmaEntry.$Properties;
                }

                /**
                 * Properties of a HugeTlbStat.
                 * @deprecated Use io.containerd.cgroups.v2.HugeTlbStat.$Properties instead.
                 */
                interface IHugeTlbStat extends io.containerd.cgroups.v2.HugeTlbStat.$Properties {
                }

                /** Represents a HugeTlbStat. */
                class HugeTlbStat {

                    /**
                     * Constructs a new HugeTlbStat.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v2.HugeTlbStat.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** HugeTlbStat current. */
                    current: Long;

                    /** HugeTlbStat max. */
                    max: Long;

                    /** HugeTlbStat pagesize. */
                    pagesize: string;

                    /** HugeTlbStat failcnt. */
                    failcnt: Long;

                    /**
                     * Creates a new HugeTlbStat instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns HugeTlbStat instance
                     */
                    static create(properties: io.containerd.cgroups.v2.HugeTlbStat.$Shape): io.containerd.cgroups.v2.HugeTlbStat & io.containerd.cgroups.v2.HugeTlbStat.$Shape;
                    static create(properties?: io.containerd.cgroups.v2.HugeTlbStat.$Properties): io.containerd.cgroups.v2.HugeTlbStat;

                    /**
                     * Encodes the specified HugeTlbStat message. Does not implicitly {@link io.containerd.cgroups.v2.HugeTlbStat.verify|verify} messages.
                     * @param message HugeTlbStat message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v2.HugeTlbStat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a HugeTlbStat message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v2.HugeTlbStat & io.containerd.cgroups.v2.HugeTlbStat.$Shape} HugeTlbStat
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v2.HugeTlbStat & io.containerd.cgroups.v2.HugeTlbStat.$Shape;
                }

                namespace HugeTlbStat {

                    /** Properties of a HugeTlbStat. */
                    interface $Properties {

                        /** HugeTlbStat current */
                        current?: (Long|null);

                        /** HugeTlbStat max */
                        max?: (Long|null);

                        /** HugeTlbStat pagesize */
                        pagesize?: (string|null);

                        /** HugeTlbStat failcnt */
                        failcnt?: (Long|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a HugeTlbStat. */
                    type $Shape = io.containerd.cgroups.v2.HugeTlbStat.$Properties;
                }

                /**
                 * Properties of a NetworkStat.
                 * @deprecated Use io.containerd.cgroups.v2.NetworkStat.$Properties instead.
                 */
                interface INetworkStat extends io.containerd.cgroups.v2.NetworkStat.$Properties {
                }

                /** Represents a NetworkStat. */
                class NetworkStat {

                    /**
                     * Constructs a new NetworkStat.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: io.containerd.cgroups.v2.NetworkStat.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** NetworkStat name. */
                    name: string;

                    /** NetworkStat rxBytes. */
                    rxBytes: Long;

                    /** NetworkStat rxPackets. */
                    rxPackets: Long;

                    /** NetworkStat rxErrors. */
                    rxErrors: Long;

                    /** NetworkStat rxDropped. */
                    rxDropped: Long;

                    /** NetworkStat txBytes. */
                    txBytes: Long;

                    /** NetworkStat txPackets. */
                    txPackets: Long;

                    /** NetworkStat txErrors. */
                    txErrors: Long;

                    /** NetworkStat txDropped. */
                    txDropped: Long;

                    /**
                     * Creates a new NetworkStat instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns NetworkStat instance
                     */
                    static create(properties: io.containerd.cgroups.v2.NetworkStat.$Shape): io.containerd.cgroups.v2.NetworkStat & io.containerd.cgroups.v2.NetworkStat.$Shape;
                    static create(properties?: io.containerd.cgroups.v2.NetworkStat.$Properties): io.containerd.cgroups.v2.NetworkStat;

                    /**
                     * Encodes the specified NetworkStat message. Does not implicitly {@link io.containerd.cgroups.v2.NetworkStat.verify|verify} messages.
                     * @param message NetworkStat message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: io.containerd.cgroups.v2.NetworkStat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a NetworkStat message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {io.containerd.cgroups.v2.NetworkStat & io.containerd.cgroups.v2.NetworkStat.$Shape} NetworkStat
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): io.containerd.cgroups.v2.NetworkStat & io.containerd.cgroups.v2.NetworkStat.$Shape;
                }

                namespace NetworkStat {

                    /** Properties of a NetworkStat. */
                    interface $Properties {

                        /** NetworkStat name */
                        name?: (string|null);

                        /** NetworkStat rxBytes */
                        rxBytes?: (Long|null);

                        /** NetworkStat rxPackets */
                        rxPackets?: (Long|null);

                        /** NetworkStat rxErrors */
                        rxErrors?: (Long|null);

                        /** NetworkStat rxDropped */
                        rxDropped?: (Long|null);

                        /** NetworkStat txBytes */
                        txBytes?: (Long|null);

                        /** NetworkStat txPackets */
                        txPackets?: (Long|null);

                        /** NetworkStat txErrors */
                        txErrors?: (Long|null);

                        /** NetworkStat txDropped */
                        txDropped?: (Long|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a NetworkStat. */
                    type $Shape = io.containerd.cgroups.v2.NetworkStat.$Properties;
                }
            }
        }
    }
}
