// Generated from proto/ by scripts/generate.sh. Do not edit.
import type $protobuf from "protobufjs/minimal.js";
import type Long from "long";

/** Namespace containerd. */
export namespace containerd {

    /** Namespace services. */
    namespace services {

        /** Namespace streaming. */
        namespace streaming {

            /** Namespace v1. */
            namespace v1 {

                /**
                 * Properties of a StreamInit.
                 * @deprecated Use containerd.services.streaming.v1.StreamInit.$Properties instead.
                 */
                interface IStreamInit extends containerd.services.streaming.v1.StreamInit.$Properties {
                }

                /** Represents a StreamInit. */
                class StreamInit {

                    /**
                     * Constructs a new StreamInit.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: containerd.services.streaming.v1.StreamInit.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** StreamInit id. */
                    id: string;

                    /**
                     * Creates a new StreamInit instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns StreamInit instance
                     */
                    static create(properties: containerd.services.streaming.v1.StreamInit.$Shape): containerd.services.streaming.v1.StreamInit & containerd.services.streaming.v1.StreamInit.$Shape;
                    static create(properties?: containerd.services.streaming.v1.StreamInit.$Properties): containerd.services.streaming.v1.StreamInit;

                    /**
                     * Encodes the specified StreamInit message. Does not implicitly {@link containerd.services.streaming.v1.StreamInit.verify|verify} messages.
                     * @param message StreamInit message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: containerd.services.streaming.v1.StreamInit.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a StreamInit message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {containerd.services.streaming.v1.StreamInit & containerd.services.streaming.v1.StreamInit.$Shape} StreamInit
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.streaming.v1.StreamInit & containerd.services.streaming.v1.StreamInit.$Shape;
                }

                namespace StreamInit {

                    /** Properties of a StreamInit. */
                    interface $Properties {

                        /** StreamInit id */
                        id?: (string|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a StreamInit. */
                    type $Shape = containerd.services.streaming.v1.StreamInit.$Properties;
                }
            }
        }
    }

    /** Namespace types. */
    namespace types {

        /** Namespace transfer. */
        namespace transfer {

            /**
             * Properties of a Data.
             * @deprecated Use containerd.types.transfer.Data.$Properties instead.
             */
            interface IData extends containerd.types.transfer.Data.$Properties {
            }

            /** Represents a Data. */
            class Data {

                /**
                 * Constructs a new Data.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: containerd.types.transfer.Data.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Data data. */
                data: Uint8Array;

                /**
                 * Creates a new Data instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Data instance
                 */
                static create(properties: containerd.types.transfer.Data.$Shape): containerd.types.transfer.Data & containerd.types.transfer.Data.$Shape;
                static create(properties?: containerd.types.transfer.Data.$Properties): containerd.types.transfer.Data;

                /**
                 * Encodes the specified Data message. Does not implicitly {@link containerd.types.transfer.Data.verify|verify} messages.
                 * @param message Data message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: containerd.types.transfer.Data.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Data message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {containerd.types.transfer.Data & containerd.types.transfer.Data.$Shape} Data
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.types.transfer.Data & containerd.types.transfer.Data.$Shape;
            }

            namespace Data {

                /** Properties of a Data. */
                interface $Properties {

                    /** Data data */
                    data?: (Uint8Array|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Data. */
                type $Shape = containerd.types.transfer.Data.$Properties;
            }

            /**
             * Properties of a WindowUpdate.
             * @deprecated Use containerd.types.transfer.WindowUpdate.$Properties instead.
             */
            interface IWindowUpdate extends containerd.types.transfer.WindowUpdate.$Properties {
            }

            /** Represents a WindowUpdate. */
            class WindowUpdate {

                /**
                 * Constructs a new WindowUpdate.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: containerd.types.transfer.WindowUpdate.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** WindowUpdate update. */
                update: number;

                /**
                 * Creates a new WindowUpdate instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns WindowUpdate instance
                 */
                static create(properties: containerd.types.transfer.WindowUpdate.$Shape): containerd.types.transfer.WindowUpdate & containerd.types.transfer.WindowUpdate.$Shape;
                static create(properties?: containerd.types.transfer.WindowUpdate.$Properties): containerd.types.transfer.WindowUpdate;

                /**
                 * Encodes the specified WindowUpdate message. Does not implicitly {@link containerd.types.transfer.WindowUpdate.verify|verify} messages.
                 * @param message WindowUpdate message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: containerd.types.transfer.WindowUpdate.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a WindowUpdate message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {containerd.types.transfer.WindowUpdate & containerd.types.transfer.WindowUpdate.$Shape} WindowUpdate
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.types.transfer.WindowUpdate & containerd.types.transfer.WindowUpdate.$Shape;
            }

            namespace WindowUpdate {

                /** Properties of a WindowUpdate. */
                interface $Properties {

                    /** WindowUpdate update */
                    update?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a WindowUpdate. */
                type $Shape = containerd.types.transfer.WindowUpdate.$Properties;
            }
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
