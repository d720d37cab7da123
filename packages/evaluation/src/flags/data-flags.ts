import { NO_CLASS } from '@st/core/kit';
import type { ExaminedData, PixelRange } from '../examine-data.ts';
import type { ExampleState } from '../example-state.ts';
import { type Flag, flag } from './flag.ts';

/** Grey levels of 8 and of 16 bits end here. */
const LARGEST_BYTE = 255;
const LARGEST_WORD = 65_535;

/** The flags that the images and labels themselves call for. */
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
  const numbers = lowest <= highest ? `; the values reach from ${lowest} to ${highest}` : '';
  const holes = notANumber > 0 ? `; ${notANumber} hold NaN` : '';
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  const evidence = { examples: outside, notANumber, lowest: finite(lowest), highest: finite(highest) };
  return flag('inputs-outside-bounds', `${outside} of ${total} images${numbers}${holes}.${unitsOf(range)}`, evidence);
}

/** What units the values look like. */
function unitsOf({ outside, notANumber, lowest, highest }: PixelRange): string {
  if (outside === notANumber) return ' Find where the NaN comes from.';
  if (!Number.isFinite(lowest) || !Number.isFinite(highest)) return ' Find where the infinite values come from.';
  if (lowest >= 0 && highest > 2 && highest <= LARGEST_BYTE) return ' They look like grey levels: divide by 255.';
  if (lowest >= 0 && highest > LARGEST_BYTE && highest <= LARGEST_WORD)
    return ' They look like grey levels of 16 bits: divide by 65535.';
  if (lowest >= -0.5 && lowest < 0 && highest <= 0.5) return ' They look like [-0.5, 0.5]: add 0.5.';
  if (lowest >= -1 && lowest < 0 && highest <= 1) return ' They look like [-1, 1]: add 1 and divide by 2.';
  if (lowest < 0)
    return ' They look as if mean and deviation had been taken off: leave that to a layer inside the model.';
  return '';
}

/** Predictions that are none, over all examples: NaN among the logits. @param probed - Flags that a probe of the outputs raised already. */
export function predictionFlags(examples: readonly ExampleState[], probed: readonly Flag[]): Flag[] {
  if (probed.some(({ code }) => code === 'outputs-not-finite')) return [];
  const without = examples.filter(({ predicted }) => predicted === NO_CLASS).length;
  if (without === 0) return [];
  const seen = `${without} of ${examples.length} images have NaN among their logits.`;
  return [flag('outputs-not-finite', seen, { examples: without, probed: examples.length })];
}
