/** A value that JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object; undefined members are left out of the text. */
export type JsonObject = { readonly [key: string]: JsonValue | undefined };
