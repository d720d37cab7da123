/** Four bytes a pixel (255: full ink) as three, as Pillow converts them: (255 - k) (255 - c) / 255, rounded; no color profile. */
export function cmykToRgb(inks: Uint8Array): Uint8Array {
  const pixels = new Uint8Array((inks.length / 4) * 3);
  for (let from = 0, to = 0; from < inks.length; from += 4, to += 3) {
    const light = 255 - (inks[from + 3] ?? 0);
    for (let channel = 0; channel < 3; channel++) {
      pixels[to + channel] = Math.max(0, light - timesOver255(inks[from + channel] ?? 0, light));
    }
  }
  return pixels;
}

/** a b / 255 to the nearest integer, in the arithmetic that Pillow uses. */
function timesOver255(a: number, b: number): number {
  const product = a * b + 128;
  return (product + (product >> 8)) >> 8;
}
