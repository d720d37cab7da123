import { NO_CLASS } from '@st/core/kit';
import type { ExaminedData, PixelRange } from '../examine-data.ts';
import type { ExampleState } from '../example-state.ts';
import { type Flag, flag } from './flag.ts';

/** The largest grey levels of 8 and of 16 bits. */
const LARGEST_BYTE = 255;
const LARGEST_WORD = 65_535;

/** The flags for images outside [0, 1] and for contradicting labels. */
export function dataFlags({ range, contradiction }: ExaminedData, total: number): Flag[] {
  return [
    ...(range.outside > 0 ? [outsideFlag(range, total)] : []),
    ...(contradiction
      ? [
          flag(
            'labels-contradict',
            `Examples ${contradiction.indices.join(' and ')} are the same image, with labels ${contradiction.labels.join(' and ')}.`,
            { ...contradiction },
          ),
        ]
      : []),
  ];
}

function outsideFlag(range: PixelRange, total: number): Flag {
  const { outside, notANumber, lowest, highest } = range;
  const values = lowest <= highest ? `; the values range from ${lowest} to ${highest}` : '';
  const withNan = notANumber > 0 ? `; ${notANumber} contain NaN` : '';
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  const evidence = { examples: outside, notANumber, lowest: finite(lowest), highest: finite(highest) };
  return flag('inputs-outside-bounds', `${outside} of ${total} images${values}${withNan}.${unitsOf(range)}`, evidence);
}

/** A guess of the units of the values, with the conversion to [0, 1]. */
function unitsOf({ outside, notANumber, lowest, highest }: PixelRange): string {
  if (outside === notANumber) return ' Find the source of the NaN.';
  if (!Number.isFinite(lowest) || !Number.isFinite(highest)) return ' Find the source of the infinite values.';
  if (lowest >= 0 && highest > 2 && highest <= LARGEST_BYTE) return ' They look like grey levels: divide by 255.';
  if (lowest >= 0 && highest > LARGEST_BYTE && highest <= LARGEST_WORD)
    return ' They look like 16-bit grey levels: divide by 65535.';
  if (lowest >= -0.5 && lowest < 0 && highest <= 0.5) return ' They look like [-0.5, 0.5]: add 0.5.';
  if (lowest >= -1 && lowest < 0 && highest <= 1) return ' They look like [-1, 1]: add 1 and divide by 2.';
  if (lowest < 0) return ' They look normalized by mean and deviation: normalize in a layer inside the model instead.';
  return '';
}

/** The flag for examples whose logits contain NaN. @param probed - Flags already raised by a probe of the outputs. */
export function predictionFlags(examples: readonly ExampleState[], probed: readonly Flag[]): Flag[] {
  if (probed.some(({ code }) => code === 'outputs-not-finite')) return [];
  const without = examples.filter(({ predicted }) => predicted === NO_CLASS).length;
  if (without === 0) return [];
  const seen = `${without} of ${examples.length} images have NaN logits.`;
  return [flag('outputs-not-finite', seen, { examples: without, probed: examples.length })];
}
