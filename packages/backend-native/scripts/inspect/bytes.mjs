// Little-endian reads of a binary file.

export class Bytes {
  constructor(buffer) {
    this.buffer = buffer;
  }
  u8 = (at) => this.buffer.readUInt8(at);
  u16 = (at) => this.buffer.readUInt16LE(at);
  u32 = (at) => this.buffer.readUInt32LE(at);
  u64 = (at) => Number(this.buffer.readBigUInt64LE(at));

  /** The text that ends with a zero byte. */
  text(at) {
    return this.buffer.toString('latin1', at, this.buffer.indexOf(0, at));
  }
}
