// What a library of macOS (Mach-O, 64 bits) asks of the system that loads it. Format: mach-o/loader.h and mach-o/nlist.h of Apple's SDK.

const COMMAND = { symbolTable: 0x2, loadLibrary: 0xc, codeSignature: 0x1d, buildVersion: 0x32, minimumMacOs: 0x24 };
const SYMBOL = { debugging: 0xe0, private: 0x10, external: 0x01, typeMask: 0x0e, undefined: 0 };

/** `minimumSystem` is the oldest macOS, as `11.0`; `isSigned` is true if there is a code signature. */
export function inspectMachO(bytes) {
  const commands = readCommands(bytes);
  const of = (type) => commands.find((command) => command.type === type)?.at;
  const symbols = readSymbols(bytes, of(COMMAND.symbolTable));
  const isExternal = ({ type }) => (type & (SYMBOL.debugging | SYMBOL.private)) === 0 && (type & SYMBOL.external) !== 0;
  const isUndefined = ({ type }) => (type & SYMBOL.typeMask) === SYMBOL.undefined;
  const external = symbols.filter(isExternal);
  const version = of(COMMAND.buildVersion)
    ? bytes.u32(of(COMMAND.buildVersion) + 12)
    : bytes.u32(of(COMMAND.minimumMacOs) + 8);
  return {
    libraries: commands
      .filter(({ type }) => type === COMMAND.loadLibrary)
      .map(({ at }) => bytes.text(at + bytes.u32(at + 8))),
    imports: external.filter(isUndefined).map(({ name }) => name.slice(1)),
    exports: external.filter((symbol) => !isUndefined(symbol)).map(({ name }) => name.slice(1)),
    minimumSystem: `${version >>> 16}.${(version >>> 8) & 0xff}`,
    isSigned: of(COMMAND.codeSignature) !== undefined,
  };
}

function readCommands(bytes) {
  const commands = [];
  for (let i = 0, at = 32; i < bytes.u32(16); i++, at += bytes.u32(at + 4)) commands.push({ type: bytes.u32(at), at });
  return commands;
}

function readSymbols(bytes, command) {
  const [table, count, names] = [bytes.u32(command + 8), bytes.u32(command + 12), bytes.u32(command + 16)];
  return Array.from({ length: count }, (_, i) => {
    const at = table + i * 16;
    return { name: bytes.text(names + bytes.u32(at)), type: bytes.u8(at + 4) };
  });
}
