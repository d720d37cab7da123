/** A fraction as a percentage with one decimal: `44.9 %`. */
export function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}
