// Generated from proto/ by scripts/generate.sh. Do not edit.
import type $protobuf from "protobufjs/minimal.js";
import type Long from "long";

/** Namespace containerd. */
export namespace containerd {

    /** Namespace runtime. */
    namespace runtime {

        /** Namespace bootstrap. */
        namespace bootstrap {

            /** Namespace v1. */
            namespace v1 {

                /**
                 * Properties of a BootstrapParams.
                 * @deprecated Use containerd.runtime.bootstrap.v1.BootstrapParams.$Properties instead.
                 */
                interface IBootstrapParams extends containerd.runtime.bootstrap.v1.BootstrapParams.$Properties {
                }

                /** Represents a BootstrapParams. */
                class BootstrapParams {

                    /**
                     * Constructs a new BootstrapParams.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: containerd.runtime.bootstrap.v1.BootstrapParams.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** BootstrapParams instanceId. */
                    instanceId: string;

                    /** BootstrapParams namespace. */
                    namespace: string;

                    /** BootstrapParams logLevel. */
                    logLevel: containerd.runtime.bootstrap.v1.LogLevel;

                    /** BootstrapParams containerdVersion. */
                    containerdVersion: string;

                    /** BootstrapParams containerdTtrpcAddress. */
                    containerdTtrpcAddress: string;

                    /** BootstrapParams containerdGrpcAddress. */
                    containerdGrpcAddress: string;

                    /** BootstrapParams containerdBinary. */
                    containerdBinary: string;

                    /** BootstrapParams extensions. */
                    extensions: containerd.runtime.bootstrap.v1.Extension.$Properties[];

                    /** BootstrapParams socketDir. */
                    socketDir?: (string|null);

                    /**
                     * Creates a new BootstrapParams instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns BootstrapParams instance
                     */
                    static create(properties: containerd.runtime.bootstrap.v1.BootstrapParams.$Shape): containerd.runtime.bootstrap.v1.BootstrapParams & containerd.runtime.bootstrap.v1.BootstrapParams.$Shape;
                    static create(properties?: containerd.runtime.bootstrap.v1.BootstrapParams.$Properties): containerd.runtime.bootstrap.v1.BootstrapParams;

                    /**
                     * Encodes the specified BootstrapParams message. Does not implicitly {@link containerd.runtime.bootstrap.v1.BootstrapParams.verify|verify} messages.
                     * @param message BootstrapParams message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: containerd.runtime.bootstrap.v1.BootstrapParams.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a BootstrapParams message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {containerd.runtime.bootstrap.v1.BootstrapParams & containerd.runtime.bootstrap.v1.BootstrapParams.$Shape} BootstrapParams
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.runtime.bootstrap.v1.BootstrapParams & containerd.runtime.bootstrap.v1.BootstrapParams.$Shape;
                }

                namespace BootstrapParams {

                    /** Properties of a BootstrapParams. */
                    interface $Properties {

                        /** BootstrapParams instanceId */
                        instanceId?: (string|null);

                        /** BootstrapParams namespace */
                        namespace?: (string|null);

                        /** BootstrapParams logLevel */
                        logLevel?: (containerd.runtime.bootstrap.v1.LogLevel|null);

                        /** BootstrapParams containerdVersion */
                        containerdVersion?: (string|null);

                        /** BootstrapParams containerdTtrpcAddress */
                        containerdTtrpcAddress?: (string|null);

                        /** BootstrapParams containerdGrpcAddress */
                        containerdGrpcAddress?: (string|null);

                        /** BootstrapParams containerdBinary */
                        containerdBinary?: (string|null);

                        /** BootstrapParams extensions */
                        extensions?: (containerd.runtime.bootstrap.v1.Extension.$Properties[]|null);

                        /** BootstrapParams socketDir */
                        socketDir?: (string|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a BootstrapParams. */
                    type $Shape = containerd.runtime.bootstrap.v1.BootstrapParams.$Properties;
                }

                /**
                 * Properties of an Extension.
                 * @deprecated Use containerd.runtime.bootstrap.v1.Extension.$Properties instead.
                 */
                interface IExtension extends containerd.runtime.bootstrap.v1.Extension.$Properties {
                }

                /** Represents an Extension. */
                class Extension {

                    /**
                     * Constructs a new Extension.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: containerd.runtime.bootstrap.v1.Extension.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** Extension value. */
                    value?: (google.protobuf.Any.$Properties|null);

                    /**
                     * Creates a new Extension instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns Extension instance
                     */
                    static create(properties: containerd.runtime.bootstrap.v1.Extension.$Shape): containerd.runtime.bootstrap.v1.Extension & containerd.runtime.bootstrap.v1.Extension.$Shape;
                    static create(properties?: containerd.runtime.bootstrap.v1.Extension.$Properties): containerd.runtime.bootstrap.v1.Extension;

                    /**
                     * Encodes the specified Extension message. Does not implicitly {@link containerd.runtime.bootstrap.v1.Extension.verify|verify} messages.
                     * @param message Extension message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: containerd.runtime.bootstrap.v1.Extension.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes an Extension message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {containerd.runtime.bootstrap.v1.Extension & containerd.runtime.bootstrap.v1.Extension.$Shape} Extension
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.runtime.bootstrap.v1.Extension & containerd.runtime.bootstrap.v1.Extension.$Shape;
                }

                namespace Extension {

                    /** Properties of an Extension. */
                    interface $Properties {

                        /** Extension value */
                        value?: (google.protobuf.Any.$Properties|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of an Extension. */
                    type $Shape = containerd.runtime.bootstrap.v1.Extension.$Properties;
                }

                /**
                 * Properties of a BootstrapResult.
                 * @deprecated Use containerd.runtime.bootstrap.v1.BootstrapResult.$Properties instead.
                 */
                interface IBootstrapResult extends containerd.runtime.bootstrap.v1.BootstrapResult.$Properties {
                }

                /** Represents a BootstrapResult. */
                class BootstrapResult {

                    /**
                     * Constructs a new BootstrapResult.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: containerd.runtime.bootstrap.v1.BootstrapResult.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** BootstrapResult version. */
                    version: number;

                    /** BootstrapResult address. */
                    address: string;

                    /** BootstrapResult protocol. */
                    protocol: string;

                    /** BootstrapResult capabilities. */
                    capabilities: containerd.runtime.bootstrap.v1.Capability[];

                    /** BootstrapResult metadata. */
                    metadata: { [k: string]: string };

                    /**
                     * Creates a new BootstrapResult instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns BootstrapResult instance
                     */
                    static create(properties: containerd.runtime.bootstrap.v1.BootstrapResult.$Shape): containerd.runtime.bootstrap.v1.BootstrapResult & containerd.runtime.bootstrap.v1.BootstrapResult.$Shape;
                    static create(properties?: containerd.runtime.bootstrap.v1.BootstrapResult.$Properties): containerd.runtime.bootstrap.v1.BootstrapResult;

                    /**
                     * Encodes the specified BootstrapResult message. Does not implicitly {@link containerd.runtime.bootstrap.v1.BootstrapResult.verify|verify} messages.
                     * @param message BootstrapResult message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: containerd.runtime.bootstrap.v1.BootstrapResult.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a BootstrapResult message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {containerd.runtime.bootstrap.v1.BootstrapResult & containerd.runtime.bootstrap.v1.BootstrapResult.$Shape} BootstrapResult
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.runtime.bootstrap.v1.BootstrapResult & containerd.runtime.bootstrap.v1.BootstrapResult.$Shape;
                }

                namespace BootstrapResult {

                    /** Properties of a BootstrapResult. */
                    interface $Properties {

                        /** BootstrapResult version */
                        version?: (number|null);

                        /** BootstrapResult address */
                        address?: (string|null);

                        /** BootstrapResult protocol */
                        protocol?: (string|null);

                        /** BootstrapResult capabilities */
                        capabilities?: (containerd.runtime.bootstrap.v1.Capability[]|null);

                        /** BootstrapResult metadata */
                        metadata?: ({ [k: string]: string }|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a BootstrapResult. */
                    type $Shape = containerd.runtime.bootstrap.v1.BootstrapResult.$Properties;
                }

                /** LogLevel enum. */
                enum LogLevel {

                    /** INFO value */
                    INFO = 0,

                    /** TRACE value */
                    TRACE = -8,

                    /** DEBUG value */
                    DEBUG = -4,

                    /** WARN value */
                    WARN = 4,

                    /** ERROR value */
                    ERROR = 8,

                    /** FATAL value */
                    FATAL = 10,

                    /** PANIC value */
                    PANIC = 12
                }

                /** Capability enum. */
                enum Capability {

                    /** UNSPECIFIED value */
                    UNSPECIFIED = 0
                }
            }
        }
    }

    /** Namespace types. */
    namespace types {

        /**
         * Properties of a RuntimeRequest.
         * @deprecated Use containerd.types.RuntimeRequest.$Properties instead.
         */
        interface IRuntimeRequest extends containerd.types.RuntimeRequest.$Properties {
        }

        /** Represents a RuntimeRequest. */
        class RuntimeRequest {

            /**
             * Constructs a new RuntimeRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: containerd.types.RuntimeRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** RuntimeRequest runtimePath. */
            runtimePath: string;

            /** RuntimeRequest options. */
            options?: (google.protobuf.Any.$Properties|null);

            /**
             * Creates a new RuntimeRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns RuntimeRequest instance
             */
            static create(properties: containerd.types.RuntimeRequest.$Shape): containerd.types.RuntimeRequest & containerd.types.RuntimeRequest.$Shape;
            static create(properties?: containerd.types.RuntimeRequest.$Properties): containerd.types.RuntimeRequest;

            /**
             * Encodes the specified RuntimeRequest message. Does not implicitly {@link containerd.types.RuntimeRequest.verify|verify} messages.
             * @param message RuntimeRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: containerd.types.RuntimeRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a RuntimeRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {containerd.types.RuntimeRequest & containerd.types.RuntimeRequest.$Shape} RuntimeRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.types.RuntimeRequest & containerd.types.RuntimeRequest.$Shape;
        }

        namespace RuntimeRequest {

            /** Properties of a RuntimeRequest. */
            interface $Properties {

                /** RuntimeRequest runtimePath */
                runtimePath?: (string|null);

                /** RuntimeRequest options */
                options?: (google.protobuf.Any.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a RuntimeRequest. */
            type $Shape = containerd.types.RuntimeRequest.$Properties;
        }

        /**
         * Properties of a RuntimeVersion.
         * @deprecated Use containerd.types.RuntimeVersion.$Properties instead.
         */
        interface IRuntimeVersion extends containerd.types.RuntimeVersion.$Properties {
        }

        /** Represents a RuntimeVersion. */
        class RuntimeVersion {

            /**
             * Constructs a new RuntimeVersion.
             * @param [properties] Properties to set
             */
            constructor(properties?: containerd.types.RuntimeVersion.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** RuntimeVersion version. */
            version: string;

            /** RuntimeVersion revision. */
            revision: string;

            /**
             * Creates a new RuntimeVersion instance using the specified properties.
             * @param [properties] Properties to set
             * @returns RuntimeVersion instance
             */
            static create(properties: containerd.types.RuntimeVersion.$Shape): containerd.types.RuntimeVersion & containerd.types.RuntimeVersion.$Shape;
            static create(properties?: containerd.types.RuntimeVersion.$Properties): containerd.types.RuntimeVersion;

            /**
             * Encodes the specified RuntimeVersion message. Does not implicitly {@link containerd.types.RuntimeVersion.verify|verify} messages.
             * @param message RuntimeVersion message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: containerd.types.RuntimeVersion.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a RuntimeVersion message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {containerd.types.RuntimeVersion & containerd.types.RuntimeVersion.$Shape} RuntimeVersion
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.types.RuntimeVersion & containerd.types.RuntimeVersion.$Shape;
        }

        namespace RuntimeVersion {

            /** Properties of a RuntimeVersion. */
            interface $Properties {

                /** RuntimeVersion version */
                version?: (string|null);

                /** RuntimeVersion revision */
                revision?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a RuntimeVersion. */
            type $Shape = containerd.types.RuntimeVersion.$Properties;
        }

        /**
         * Properties of a RuntimeInfo.
         * @deprecated Use containerd.types.RuntimeInfo.$Properties instead.
         */
        interface IRuntimeInfo extends containerd.types.RuntimeInfo.$Properties {
        }

        /** Represents a RuntimeInfo. */
        class RuntimeInfo {

            /**
             * Constructs a new RuntimeInfo.
             * @param [properties] Properties to set
             */
            constructor(properties?: containerd.types.RuntimeInfo.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** RuntimeInfo name. */
            name: string;

            /** RuntimeInfo version. */
            version?: (containerd.types.RuntimeVersion.$Properties|null);

            /** RuntimeInfo options. */
            options?: (google.protobuf.Any.$Properties|null);

            /** RuntimeInfo features. */
            features?: (google.protobuf.Any.$Properties|null);

            /** RuntimeInfo annotations. */
            annotations: { [k: string]: string };

            /**
             * Creates a new RuntimeInfo instance using the specified properties.
             * @param [properties] Properties to set
             * @returns RuntimeInfo instance
             */
            static create(properties: containerd.types.RuntimeInfo.$Shape): containerd.types.RuntimeInfo & containerd.types.RuntimeInfo.$Shape;
            static create(properties?: containerd.types.RuntimeInfo.$Properties): containerd.types.RuntimeInfo;

            /**
             * Encodes the specified RuntimeInfo message. Does not implicitly {@link containerd.types.RuntimeInfo.verify|verify} messages.
             * @param message RuntimeInfo message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: containerd.types.RuntimeInfo.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a RuntimeInfo message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {containerd.types.RuntimeInfo & containerd.types.RuntimeInfo.$Shape} RuntimeInfo
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.types.RuntimeInfo & containerd.types.RuntimeInfo.$Shape;
        }

        namespace RuntimeInfo {

            /** Properties of a RuntimeInfo. */
            interface $Properties {

                /** RuntimeInfo name */
                name?: (string|null);

                /** RuntimeInfo version */
                version?: (containerd.types.RuntimeVersion.$Properties|null);

                /** RuntimeInfo options */
                options?: (google.protobuf.Any.$Properties|null);

                /** RuntimeInfo features */
                features?: (google.protobuf.Any.$Properties|null);

                /** RuntimeInfo annotations */
                annotations?: ({ [k: string]: string }|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a RuntimeInfo. */
            type $Shape = containerd.types.RuntimeInfo.$Properties;
        }
    }
}

/** Namespace google. */
export namespace google {

    /** Namespace protobuf. */
    namespace protobuf {

        /**
         * Properties of an Any.
         * @deprecated Use google.protobuf.Any.$Properties instead.
         */
        interface IAny extends google.protobuf.Any.$Properties {
        }

        /** Represents an Any. */
        class Any {

            /**
             * Constructs a new Any.
             * @param [properties] Properties to set
             */
            constructor(properties?: google.protobuf.Any.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Any typeUrl. */
            typeUrl: string;

            /** Any value. */
            value: Uint8Array;

            /**
             * Creates a new Any instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Any instance
             */
            static create(properties: google.protobuf.Any.$Shape): google.protobuf.Any & google.protobuf.Any.$Shape;
            static create(properties?: google.protobuf.Any.$Properties): google.protobuf.Any;

            /**
             * Encodes the specified Any message. Does not implicitly {@link google.protobuf.Any.verify|verify} messages.
             * @param message Any message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: google.protobuf.Any.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Any message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {google.protobuf.Any & google.protobuf.Any.$Shape} Any
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): google.protobuf.Any & google.protobuf.Any.$Shape;
        }

        namespace Any {

            /** Properties of an Any. */
            interface $Properties {

                /** Any typeUrl */
                typeUrl?: (string|null);

                /** Any value */
                value?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Any. */
            type $Shape = google.protobuf.Any.$Properties;
        }
    }
}
