/** Number of steps over which the speed is averaged: enough for a stable value, few enough to drop the slow first steps. */
const WINDOW = 20;

/** Measures the speed of training steps, without the time between them. */
export type StepTimer = {
  /** Times `step`. */
  time<T>(images: number, step: () => Promise<T>): Promise<T>;
  imagesPerSecond(): number;
  secondsPerStep(): number;
  /** Seconds spent in steps since the last call. */
  lap(): number;
};

/** @param now - Milliseconds of a monotonic clock. */
export function createStepTimer(now: () => number = () => performance.now()): StepTimer {
  const recent: { images: number; seconds: number }[] = [];
  const total = (): number => recent.reduce((sum, { seconds }) => sum + seconds, 0);
  let sinceLap = 0;
  return {
    time: async (images, step) => {
      const start = now();
      const result = await step();
      const seconds = (now() - start) / 1000;
      sinceLap += seconds;
      recent.push({ images, seconds });
      if (recent.length > WINDOW) recent.shift();
      return result;
    },
    imagesPerSecond: () => recent.reduce((sum, { images }) => sum + images, 0) / total(),
    secondsPerStep: () => total() / recent.length,
    lap: () => {
      const seconds = sinceLap;
      sinceLap = 0;
      return seconds;
    },
  };
}
