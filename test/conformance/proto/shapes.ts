import { readdirSync } from "node:fs";
import { join } from "node:path";
import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor.js";

/**
 * What the wire depends on, by full name: of a message its fields by number ("repeated containerd.types.Mount rootfs"),
 * of an enum its values by number, of a service its methods by name ("(Request) returns (stream Response)").
 */
export type Shapes = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** The shapes in every .proto file below a directory. */
export function shapesOfProtoFiles(directory: string): Shapes {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => (target.startsWith("/") ? target : join(directory, target));
  const files = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".proto"),
  );
  root.loadSync(files, { keepCase: true });
  root.resolveAll();
  const shapes = new Map<string, ReadonlyMap<string, string>>();
  const visit = (parent: protobuf.NamespaceBase): void => {
    for (const child of parent.nestedArray) {
      if (child instanceof protobuf.Type) shapes.set(nameOf(child), messageShape(child));
      else if (child instanceof protobuf.Enum) shapes.set(nameOf(child), enumShape(child));
      else if (child instanceof protobuf.Service) shapes.set(nameOf(child), serviceShape(child));
      if (child instanceof protobuf.Namespace) visit(child);
    }
  };
  visit(root);
  return shapes;
}

function nameOf(object: protobuf.ReflectionObject): string {
  return object.fullName.slice(1);
}

function messageShape(type: protobuf.Type): ReadonlyMap<string, string> {
  return new Map(type.fieldsArray.map((field) => [String(field.id), `${fieldTypeOf(field)} ${field.name}`]));
}

function fieldTypeOf(field: protobuf.Field): string {
  const type = field.resolvedType === null ? field.type : nameOf(field.resolvedType);
  if (field instanceof protobuf.MapField) return `map<${field.keyType}, ${type}>`;
  if (field.repeated) return `repeated ${type}`;
  return field.options?.["proto3_optional"] === true ? `optional ${type}` : type;
}

function enumShape(type: protobuf.Enum): ReadonlyMap<string, string> {
  return new Map(Object.entries(type.values).map(([name, number]) => [String(number), name]));
}

function serviceShape(service: protobuf.Service): ReadonlyMap<string, string> {
  return new Map(
    service.methodsArray.map((method) => {
      const { resolvedRequestType: request, resolvedResponseType: response } = method;
      if (request === null || response === null) throw new Error(`method ${method.fullName} is not resolved`);
      return [method.name, methodText(nameOf(request), nameOf(response), method)];
    }),
  );
}

function methodText(
  request: string,
  response: string,
  method: { readonly requestStream?: boolean | undefined; readonly responseStream?: boolean | undefined },
): string {
  const stream = (isStream: boolean | undefined): string => (isStream === true ? "stream " : "");
  return `(${stream(method.requestStream)}${request}) returns (${stream(method.responseStream)}${response})`;
}

interface FieldProto {
  readonly name: string;
  readonly number: number;
  readonly label: number;
  readonly type: number;
  readonly typeName?: string;
  readonly proto3Optional?: boolean;
}

interface MessageProto {
  readonly name: string;
  readonly field?: readonly FieldProto[];
  readonly nestedType?: readonly MessageProto[];
  readonly enumType?: readonly EnumProto[];
  readonly options?: { readonly mapEntry?: boolean };
}

interface EnumProto {
  readonly name: string;
  readonly value?: readonly { readonly name: string; readonly number?: number }[];
}

interface FileProto {
  readonly package?: string;
  readonly messageType?: readonly MessageProto[];
  readonly enumType?: readonly EnumProto[];
  readonly service?: readonly {
    readonly name: string;
    readonly method?: readonly {
      readonly name: string;
      readonly inputType: string;
      readonly outputType: string;
      readonly clientStreaming?: boolean;
      readonly serverStreaming?: boolean;
    }[];
  }[];
}

// FieldDescriptorProto.Type, by number.
const SCALARS = [
  "",
  "double",
  "float",
  "int64",
  "uint64",
  "int32",
  "fixed64",
  "fixed32",
  "bool",
  "string",
  "group",
  "message",
  "bytes",
  "uint32",
  "enum",
  "sfixed32",
  "sfixed64",
  "sint32",
  "sint64",
];
const LABEL_REPEATED = 3;

/**
 * The shapes in serialized FileDescriptorProtos.
 *
 * @param renamed names that were other ones in this version, old to new
 */
export function shapesOfDescriptors(
  files: readonly Uint8Array[],
  renamed: Readonly<Record<string, string>> = {},
): Shapes {
  const shapes = new Map<string, ReadonlyMap<string, string>>();
  const current = (name: string): string => renamed[name] ?? name;
  const reference = (typeName: string | undefined): string => current((typeName ?? "").replace(/^\./, ""));

  const addEnum = (prefix: string, { name, value }: EnumProto): void => {
    shapes.set(
      current(prefix + name),
      new Map((value ?? []).map((entry) => [String(entry.number ?? 0), entry.name])),
    );
  };
  const addMessage = (prefix: string, message: MessageProto): void => {
    const entries = new Map(
      (message.nestedType ?? [])
        .filter(({ options }) => options?.mapEntry === true)
        .map((entry) => [`${prefix}${message.name}.${entry.name}`, entry]),
    );
    const typeOf = (field: FieldProto): string => SCALARS[field.type] ?? "?";
    const plainTypeOf = (field: FieldProto): string =>
      field.typeName ? reference(field.typeName) : typeOf(field);
    const textOf = (field: FieldProto): string => {
      const entry = entries.get((field.typeName ?? "").replace(/^\./, ""));
      const [key, value] = entry?.field ?? [];
      if (key !== undefined && value !== undefined)
        return `map<${plainTypeOf(key)}, ${plainTypeOf(value)}> ${field.name}`;
      if (field.label === LABEL_REPEATED) return `repeated ${plainTypeOf(field)} ${field.name}`;
      return `${field.proto3Optional === true ? "optional " : ""}${plainTypeOf(field)} ${field.name}`;
    };
    shapes.set(
      current(prefix + message.name),
      new Map((message.field ?? []).map((field) => [String(field.number), textOf(field)])),
    );
    for (const nested of message.nestedType ?? []) {
      if (nested.options?.mapEntry !== true) addMessage(`${prefix}${message.name}.`, nested);
    }
    for (const nested of message.enumType ?? []) addEnum(`${prefix}${message.name}.`, nested);
  };

  for (const bytes of files) {
    const file = descriptor.FileDescriptorProto.toObject(
      descriptor.FileDescriptorProto.decode(bytes),
    ) as unknown as FileProto;
    const prefix = file.package === undefined ? "" : `${file.package}.`;
    for (const message of file.messageType ?? []) addMessage(prefix, message);
    for (const each of file.enumType ?? []) addEnum(prefix, each);
    for (const { name, method } of file.service ?? []) {
      shapes.set(
        current(prefix + name),
        new Map(
          (method ?? []).map((each) => [
            each.name,
            methodText(reference(each.inputType), reference(each.outputType), {
              requestStream: each.clientStreaming,
              responseStream: each.serverStreaming,
            }),
          ]),
        ),
      );
    }
  }
  return shapes;
}
