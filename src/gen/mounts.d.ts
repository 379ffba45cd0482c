// Generated from proto/ by scripts/generate.sh. Do not edit.
import type $protobuf from "protobufjs/minimal.js";
import type Long from "long";

/** Namespace containerd. */
export namespace containerd {

    /** Namespace types. */
    namespace types {

        /**
         * Properties of a Mount.
         * @deprecated Use containerd.types.Mount.$Properties instead.
         */
        interface IMount extends containerd.types.Mount.$Properties {
        }

        /** Represents a Mount. */
        class Mount {

            /**
             * Constructs a new Mount.
             * @param [properties] Properties to set
             */
            constructor(properties?: containerd.types.Mount.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Mount type. */
            type: string;

            /** Mount source. */
            source: string;

            /** Mount target. */
            target: string;

            /** Mount options. */
            options: string[];

            /**
             * Creates a new Mount instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Mount instance
             */
            static create(properties: containerd.types.Mount.$Shape): containerd.types.Mount & containerd.types.Mount.$Shape;
            static create(properties?: containerd.types.Mount.$Properties): containerd.types.Mount;

            /**
             * Encodes the specified Mount message. Does not implicitly {@link containerd.types.Mount.verify|verify} messages.
             * @param message Mount message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: containerd.types.Mount.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Mount message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {containerd.types.Mount & containerd.types.Mount.$Shape} Mount
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.types.Mount & containerd.types.Mount.$Shape;
        }

        namespace Mount {

            /** Properties of a Mount. */
            interface $Properties {

                /** Mount type */
                type?: (string|null);

                /** Mount source */
                source?: (string|null);

                /** Mount target */
                target?: (string|null);

                /** Mount options */
                options?: (string[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Mount. */
            type $Shape = containerd.types.Mount.$Properties;
        }

        /**
         * Properties of an ActiveMount.
         * @deprecated Use containerd.types.ActiveMount.$Properties instead.
         */
        interface IActiveMount extends containerd.types.ActiveMount.$Properties {
        }

        /** Represents an ActiveMount. */
        class ActiveMount {

            /**
             * Constructs a new ActiveMount.
             * @param [properties] Properties to set
             */
            constructor(properties?: containerd.types.ActiveMount.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ActiveMount mount. */
            mount?: (containerd.types.Mount.$Properties|null);

            /** ActiveMount mountedAt. */
            mountedAt?: (google.protobuf.Timestamp.$Properties|null);

            /** ActiveMount mountPoint. */
            mountPoint: string;

            /** ActiveMount data. */
            data: { [k: string]: string };

            /**
             * Creates a new ActiveMount instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ActiveMount instance
             */
            static create(properties: containerd.types.ActiveMount.$Shape): containerd.types.ActiveMount & containerd.types.ActiveMount.$Shape;
            static create(properties?: containerd.types.ActiveMount.$Properties): containerd.types.ActiveMount;

            /**
             * Encodes the specified ActiveMount message. Does not implicitly {@link containerd.types.ActiveMount.verify|verify} messages.
             * @param message ActiveMount message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: containerd.types.ActiveMount.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an ActiveMount message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {containerd.types.ActiveMount & containerd.types.ActiveMount.$Shape} ActiveMount
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.types.ActiveMount & containerd.types.ActiveMount.$Shape;
        }

        namespace ActiveMount {

            /** Properties of an ActiveMount. */
            interface $Properties {

                /** ActiveMount mount */
                mount?: (containerd.types.Mount.$Properties|null);

                /** ActiveMount mountedAt */
                mountedAt?: (google.protobuf.Timestamp.$Properties|null);

                /** ActiveMount mountPoint */
                mountPoint?: (string|null);

                /** ActiveMount data */
                data?: ({ [k: string]: string }|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an ActiveMount. */
            type $Shape = containerd.types.ActiveMount.$Properties;
        }

        /**
         * Properties of an ActivationInfo.
         * @deprecated Use containerd.types.ActivationInfo.$Properties instead.
         */
        interface IActivationInfo extends containerd.types.ActivationInfo.$Properties {
        }

        /** Represents an ActivationInfo. */
        class ActivationInfo {

            /**
             * Constructs a new ActivationInfo.
             * @param [properties] Properties to set
             */
            constructor(properties?: containerd.types.ActivationInfo.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ActivationInfo name. */
            name: string;

            /** ActivationInfo active. */
            active: containerd.types.ActiveMount.$Properties[];

            /** ActivationInfo system. */
            system: containerd.types.Mount.$Properties[];

            /** ActivationInfo labels. */
            labels: { [k: string]: string };

            /**
             * Creates a new ActivationInfo instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ActivationInfo instance
             */
            static create(properties: containerd.types.ActivationInfo.$Shape): containerd.types.ActivationInfo & containerd.types.ActivationInfo.$Shape;
            static create(properties?: containerd.types.ActivationInfo.$Properties): containerd.types.ActivationInfo;

            /**
             * Encodes the specified ActivationInfo message. Does not implicitly {@link containerd.types.ActivationInfo.verify|verify} messages.
             * @param message ActivationInfo message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: containerd.types.ActivationInfo.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an ActivationInfo message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {containerd.types.ActivationInfo & containerd.types.ActivationInfo.$Shape} ActivationInfo
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.types.ActivationInfo & containerd.types.ActivationInfo.$Shape;
        }

        namespace ActivationInfo {

            /** Properties of an ActivationInfo. */
            interface $Properties {

                /** ActivationInfo name */
                name?: (string|null);

                /** ActivationInfo active */
                active?: (containerd.types.ActiveMount.$Properties[]|null);

                /** ActivationInfo system */
                system?: (containerd.types.Mount.$Properties[]|null);

                /** ActivationInfo labels */
                labels?: ({ [k: string]: string }|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an ActivationInfo. */
            type $Shape = containerd.types.ActivationInfo.$Properties;
        }
    }
}

/** Namespace google. */
export namespace google {

    /** Namespace protobuf. */
    namespace protobuf {

        /**
         * Properties of a Timestamp.
         * @deprecated Use google.protobuf.Timestamp.$Properties instead.
         */
        interface ITimestamp extends google.protobuf.Timestamp.$Properties {
        }

        /** Represents a Timestamp. */
        class Timestamp {

            /**
             * Constructs a new Timestamp.
             * @param [properties] Properties to set
             */
            constructor(properties?: google.protobuf.Timestamp.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Timestamp seconds. */
            seconds: Long;

            /** Timestamp nanos. */
            nanos: number;

            /**
             * Creates a new Timestamp instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Timestamp instance
             */
            static create(properties: google.protobuf.Timestamp.$Shape): google.protobuf.Timestamp & google.protobuf.Timestamp.$Shape;
            static create(properties?: google.protobuf.Timestamp.$Properties): google.protobuf.Timestamp;

            /**
             * Encodes the specified Timestamp message. Does not implicitly {@link google.protobuf.Timestamp.verify|verify} messages.
             * @param message Timestamp message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: google.protobuf.Timestamp.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Timestamp message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {google.protobuf.Timestamp & google.protobuf.Timestamp.$Shape} Timestamp
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): google.protobuf.Timestamp & google.protobuf.Timestamp.$Shape;
        }

        namespace Timestamp {

            /** Properties of a Timestamp. */
            interface $Properties {

                /** Timestamp seconds */
                seconds?: (Long|null);

                /** Timestamp nanos */
                nanos?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Timestamp. */
            type $Shape = google.protobuf.Timestamp.$Properties;
        }
    }
}
