// What a library of Windows (PE32+) asks of the system that loads it. Format: Microsoft's "PE Format".

const DIRECTORY = { exports: 0, imports: 1 };

export function inspectPe(bytes) {
  const header = bytes.u32(0x3c) + 4;
  const optional = header + 20;
  const sections = readSections(bytes, optional + bytes.u16(header + 16), bytes.u16(header + 2));
  const offsetOf = (address) => {
    const section = sections.find(({ start, size }) => address >= start && address < start + size);
    return address - section.start + section.offset;
  };
  const directory = (index) => bytes.u32(optional + 112 + index * 8);
  const imported = readImports(bytes, offsetOf, directory(DIRECTORY.imports));
  return {
    libraries: imported.map(({ library }) => library),
    imports: imported.flatMap(({ names }) => names),
    exports: readExports(bytes, offsetOf, directory(DIRECTORY.exports)),
  };
}

function readSections(bytes, at, count) {
  return Array.from({ length: count }, (_, i) => {
    const section = at + i * 40;
    return { size: bytes.u32(section + 8), start: bytes.u32(section + 12), offset: bytes.u32(section + 20) };
  });
}

function readImports(bytes, offsetOf, address) {
  const imports = [];
  for (let at = offsetOf(address); bytes.u32(at + 12) !== 0; at += 20) {
    const names = [];
    // an address with the highest bit is the number of a function without a name
    for (let entry = offsetOf(bytes.u32(at) || bytes.u32(at + 16)); bytes.u64(entry) !== 0; entry += 8) {
      if (bytes.u8(entry + 7) < 0x80) names.push(bytes.text(offsetOf(bytes.u32(entry)) + 2));
    }
    imports.push({ library: bytes.text(offsetOf(bytes.u32(at + 12))), names });
  }
  return imports;
}

function readExports(bytes, offsetOf, address) {
  const at = offsetOf(address);
  const names = offsetOf(bytes.u32(at + 32));
  return Array.from({ length: bytes.u32(at + 24) }, (_, i) => bytes.text(offsetOf(bytes.u32(names + i * 4))));
}
