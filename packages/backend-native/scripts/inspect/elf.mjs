// What a shared library of Linux (ELF, 64 bits) asks of the system that loads it. Format: the ELF specification and the GNU version sections of
// the Linux Standard Base.

const SECTION = { dynamicSymbols: 11, dynamic: 6, versionNeeds: 0x6ffffffe };
const NEEDED = 1;

/** `imports` are the undefined symbols, `exports` the defined ones, `versions` those of libraries that the symbols need. */
export function inspectElf(bytes) {
  const sections = readSections(bytes);
  const of = (type) => sections.find((section) => section.type === type);
  const symbols = readSymbols(bytes, of(SECTION.dynamicSymbols), sections);
  return {
    libraries: readLibraries(bytes, of(SECTION.dynamic), sections),
    imports: symbols.filter(({ section, name }) => section === 0 && name !== '').map(({ name }) => name),
    exports: symbols.filter(({ section }) => section !== 0).map(({ name }) => name),
    versions: readVersions(bytes, of(SECTION.versionNeeds), sections),
  };
}

function readSections(bytes) {
  const [start, size, count] = [bytes.u64(40), bytes.u16(58), bytes.u16(60)];
  return Array.from({ length: count }, (_, i) => {
    const at = start + i * size;
    return {
      type: bytes.u32(at + 4),
      offset: bytes.u64(at + 24),
      size: bytes.u64(at + 32),
      link: bytes.u32(at + 40),
      info: bytes.u32(at + 44),
    };
  });
}

function readSymbols(bytes, table, sections) {
  const names = sections[table.link].offset;
  return Array.from({ length: table.size / 24 }, (_, i) => {
    const at = table.offset + i * 24;
    return { name: bytes.text(names + bytes.u32(at)), section: bytes.u16(at + 6) };
  });
}

function readLibraries(bytes, dynamic, sections) {
  const names = sections[dynamic.link].offset;
  const libraries = [];
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 16) {
    if (bytes.u64(at) === NEEDED) libraries.push(bytes.text(names + bytes.u64(at + 8)));
  }
  return libraries;
}

/** Such as `GLIBC_2.17`; none if the C library has no versions (musl). */
function readVersions(bytes, needs, sections) {
  if (needs === undefined) return [];
  const names = sections[needs.link].offset;
  const versions = new Set();
  for (let i = 0, at = needs.offset; i < needs.info; i++, at += bytes.u32(at + 12)) {
    for (let j = 0, entry = at + bytes.u32(at + 8); j < bytes.u16(at + 2); j++, entry += bytes.u32(entry + 12)) {
      versions.add(bytes.text(names + bytes.u32(entry + 8)));
    }
  }
  return [...versions].sort();
}
