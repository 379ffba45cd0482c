// Generated from proto/ by scripts/generate.sh. Do not edit.
import type $protobuf from "protobufjs/minimal.js";
import type Long from "long";

/** Namespace gantry. */
export namespace gantry {

    /** Namespace runtime. */
    namespace runtime {

        /** Namespace v1. */
        namespace v1 {

            /**
             * Properties of a RunRequest.
             * @deprecated Use gantry.runtime.v1.RunRequest.$Properties instead.
             */
            interface IRunRequest extends gantry.runtime.v1.RunRequest.$Properties {
            }

            /** Represents a RunRequest. */
            class RunRequest {

                /**
                 * Constructs a new RunRequest.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: gantry.runtime.v1.RunRequest.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** RunRequest args. */
                args: string[];

                /** RunRequest input. */
                input?: (string|null);

                /** RunRequest wantsOutput. */
                wantsOutput: boolean;

                /** RunRequest timeoutMs. */
                timeoutMs: number;

                /** RunRequest traceparent. */
                traceparent?: (string|null);

                /**
                 * Creates a new RunRequest instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns RunRequest instance
                 */
                static create(properties: gantry.runtime.v1.RunRequest.$Shape): gantry.runtime.v1.RunRequest & gantry.runtime.v1.RunRequest.$Shape;
                static create(properties?: gantry.runtime.v1.RunRequest.$Properties): gantry.runtime.v1.RunRequest;

                /**
                 * Encodes the specified RunRequest message. Does not implicitly {@link gantry.runtime.v1.RunRequest.verify|verify} messages.
                 * @param message RunRequest message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: gantry.runtime.v1.RunRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a RunRequest message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {gantry.runtime.v1.RunRequest & gantry.runtime.v1.RunRequest.$Shape} RunRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): gantry.runtime.v1.RunRequest & gantry.runtime.v1.RunRequest.$Shape;
            }

            namespace RunRequest {

                /** Properties of a RunRequest. */
                interface $Properties {

                    /** RunRequest args */
                    args?: (string[]|null);

                    /** RunRequest input */
                    input?: (string|null);

                    /** RunRequest wantsOutput */
                    wantsOutput?: (boolean|null);

                    /** RunRequest timeoutMs */
                    timeoutMs?: (number|null);

                    /** RunRequest traceparent */
                    traceparent?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a RunRequest. */
                type $Shape = gantry.runtime.v1.RunRequest.$Properties;
            }

            /**
             * Properties of a RunResponse.
             * @deprecated Use gantry.runtime.v1.RunResponse.$Properties instead.
             */
            interface IRunResponse extends gantry.runtime.v1.RunResponse.$Properties {
            }

            /** Represents a RunResponse. */
            class RunResponse {

                /**
                 * Constructs a new RunResponse.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: gantry.runtime.v1.RunResponse.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** RunResponse exitCode. */
                exitCode: number;

                /** RunResponse stdout. */
                stdout: string;

                /** RunResponse stderr. */
                stderr: string;

                /**
                 * Creates a new RunResponse instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns RunResponse instance
                 */
                static create(properties: gantry.runtime.v1.RunResponse.$Shape): gantry.runtime.v1.RunResponse & gantry.runtime.v1.RunResponse.$Shape;
                static create(properties?: gantry.runtime.v1.RunResponse.$Properties): gantry.runtime.v1.RunResponse;

                /**
                 * Encodes the specified RunResponse message. Does not implicitly {@link gantry.runtime.v1.RunResponse.verify|verify} messages.
                 * @param message RunResponse message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: gantry.runtime.v1.RunResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a RunResponse message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {gantry.runtime.v1.RunResponse & gantry.runtime.v1.RunResponse.$Shape} RunResponse
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): gantry.runtime.v1.RunResponse & gantry.runtime.v1.RunResponse.$Shape;
            }

            namespace RunResponse {

                /** Properties of a RunResponse. */
                interface $Properties {

                    /** RunResponse exitCode */
                    exitCode?: (number|null);

                    /** RunResponse stdout */
                    stdout?: (string|null);

                    /** RunResponse stderr */
                    stderr?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a RunResponse. */
                type $Shape = gantry.runtime.v1.RunResponse.$Properties;
            }

            /**
             * Properties of a PingRequest.
             * @deprecated Use gantry.runtime.v1.PingRequest.$Properties instead.
             */
            interface IPingRequest extends gantry.runtime.v1.PingRequest.$Properties {
            }

            /** Represents a PingRequest. */
            class PingRequest {

                /**
                 * Constructs a new PingRequest.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: gantry.runtime.v1.PingRequest.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /**
                 * Creates a new PingRequest instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns PingRequest instance
                 */
                static create(properties: gantry.runtime.v1.PingRequest.$Shape): gantry.runtime.v1.PingRequest & gantry.runtime.v1.PingRequest.$Shape;
                static create(properties?: gantry.runtime.v1.PingRequest.$Properties): gantry.runtime.v1.PingRequest;

                /**
                 * Encodes the specified PingRequest message. Does not implicitly {@link gantry.runtime.v1.PingRequest.verify|verify} messages.
                 * @param message PingRequest message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: gantry.runtime.v1.PingRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a PingRequest message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {gantry.runtime.v1.PingRequest & gantry.runtime.v1.PingRequest.$Shape} PingRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): gantry.runtime.v1.PingRequest & gantry.runtime.v1.PingRequest.$Shape;
            }

            namespace PingRequest {

                /** Properties of a PingRequest. */
                interface $Properties {

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a PingRequest. */
                type $Shape = gantry.runtime.v1.PingRequest.$Properties;
            }

            /**
             * Properties of a PingResponse.
             * @deprecated Use gantry.runtime.v1.PingResponse.$Properties instead.
             */
            interface IPingResponse extends gantry.runtime.v1.PingResponse.$Properties {
            }

            /** Represents a PingResponse. */
            class PingResponse {

                /**
                 * Constructs a new PingResponse.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: gantry.runtime.v1.PingResponse.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /**
                 * Creates a new PingResponse instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns PingResponse instance
                 */
                static create(properties: gantry.runtime.v1.PingResponse.$Shape): gantry.runtime.v1.PingResponse & gantry.runtime.v1.PingResponse.$Shape;
                static create(properties?: gantry.runtime.v1.PingResponse.$Properties): gantry.runtime.v1.PingResponse;

                /**
                 * Encodes the specified PingResponse message. Does not implicitly {@link gantry.runtime.v1.PingResponse.verify|verify} messages.
                 * @param message PingResponse message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: gantry.runtime.v1.PingResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a PingResponse message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {gantry.runtime.v1.PingResponse & gantry.runtime.v1.PingResponse.$Shape} PingResponse
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): gantry.runtime.v1.PingResponse & gantry.runtime.v1.PingResponse.$Shape;
            }

            namespace PingResponse {

                /** Properties of a PingResponse. */
                interface $Properties {

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a PingResponse. */
                type $Shape = gantry.runtime.v1.PingResponse.$Properties;
            }
        }
    }
}
