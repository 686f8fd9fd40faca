type Result = Float32Array | Float64Array | Int32Array;

const TYPES = { Float32Array, Float64Array, Int32Array };

/**
 * A view of the same memory as an array of this module's realm. The addon creates its arrays in the realm that
 * loaded it, which is another one in a vm context (Jest).
 */
export function ofThisRealm<T extends Result>(array: T): T {
  type Maker = new (buffer: ArrayBufferLike, offset: number, length: number) => T;
  const Type = TYPES[array[Symbol.toStringTag]] as unknown as Maker;
  return array instanceof Type ? array : new Type(array.buffer, array.byteOffset, array.length);
}
