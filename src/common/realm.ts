type Result = Float32Array | Float64Array | Int32Array;

const TYPES = { Float32Array, Float64Array, Int32Array };

/**
 * The same memory as an array of the realm that this module is in, to be handed out. The addon makes its arrays in
 * the realm that loaded it, which in a vm context (Jest) is another one.
 */
export function ofThisRealm<T extends Result>(array: T): T {
  type Maker = new (buffer: ArrayBufferLike, offset: number, length: number) => T;
  const Type = TYPES[array[Symbol.toStringTag]] as unknown as Maker;
  return array instanceof Type ? array : new Type(array.buffer, array.byteOffset, array.length);
}
