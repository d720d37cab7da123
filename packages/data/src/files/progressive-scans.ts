const MARKER = 0xff;
const START_OF_SCAN = 0xda;

/** The number of scans of a JPEG file, including those of a thumbnail in its metadata. Outside markers 0xff is followed by 0 or a restart number. */
export function scansOf(bytes: Uint8Array): number {
  let scans = 0;
  for (let at = bytes.indexOf(MARKER); at >= 0; at = bytes.indexOf(MARKER, at + 1)) {
    if (bytes[at + 1] === START_OF_SCAN) scans++;
  }
  return scans;
}
