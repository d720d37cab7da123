// The system and the processor that a shared library is for, by its first bytes. Types are in machine.d.mts.

const FORMATS = [
  {
    os: 'linux', // ELF
    matches: (bytes) => bytes.readUInt32LE(0) === 0x464c457f,
    processor: (bytes) => bytes.readUInt16LE(18),
    names: { 62: 'x64', 183: 'arm64' },
  },
  {
    os: 'darwin', // Mach-O
    matches: (bytes) => bytes.readUInt32LE(0) === 0xfeedfacf,
    processor: (bytes) => bytes.readUInt32LE(4),
    names: { 16777223: 'x64', 16777228: 'arm64' },
  },
  {
    os: 'win32', // PE
    matches: (bytes) => bytes.readUInt16LE(0) === 0x5a4d && bytes.readUInt32LE(60) + 6 <= bytes.length,
    processor: (bytes) => bytes.readUInt16LE(bytes.readUInt32LE(60) + 4),
    names: { 34404: 'x64', 43620: 'arm64' },
  },
];

/** Length of the longest part of a header that is read, without PE's own. */
const HEADER_BYTES = 64;

export function machineOf(bytes) {
  const format = bytes.length < HEADER_BYTES ? undefined : FORMATS.find(({ matches }) => matches(bytes));
  return format && { os: format.os, cpu: format.names[format.processor(bytes)] };
}
