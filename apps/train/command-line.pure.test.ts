import { describe, expect, it } from 'vitest';

import { parseCommandLine } from './command-line.ts';

const parse = (line: string) => parseCommandLine(line.split(' ').filter((word) => word !== ''));

describe('parseCommandLine', () => {
  it('takes the quick preset by default', () => {
    expect(parse('')).toEqual({ preset: 'quick', given: {}, resume: false });
  });

  it('reads fractions, lists, names and switches, and leaves the rest to the preset', () => {
    const line =
      '--preset paper-resnet18 --epsilon 8/255 --lr 5e-2 --drop-epochs 80,100 --model WRN-16-4 --method st --no-augment --nesterov --max-steps 7';
    expect(parse(line)).toEqual({
      preset: 'paper-resnet18',
      given: {
        epsilon: 8 / 255,
        lr: 0.05,
        dropEpochs: [80, 100],
        model: 'wrn-16-4',
        method: 'squeeze',
        augment: false,
        nesterov: true,
        maxSteps: 7,
      },
      resume: false,
    });
  });

  it('reads the flags that modify a method', () => {
    const line =
      '--method n-fgsm --noise 1.5 --label-smoothing 0.1 --delay 20 --awp 0.005 --awp-warmup 10 --ema 0.995 --clip-norm 1 --early-stop 5 --monitor-examples 200';
    expect(parse(line)).toMatchObject({
      given: {
        method: 'n-fgsm',
        noise: 1.5,
        labelSmoothing: 0.1,
        delay: 20,
        awp: 0.005,
        awpWarmup: 10,
        ema: 0.995,
        clipNorm: 1,
        earlyStop: 5,
        monitorExamples: 200,
      },
    });
  });

  it('reads the flags of augmentation and of catastrophic overfitting', () => {
    const line =
      '--method free --augment --auto-augment --cutout 16 --mixup 0.4 --cutmix 1 --cutmix-probability 1/2 --catastrophic-overfitting stop --overfitting-tolerance 0.1';
    expect(parse(line)).toMatchObject({
      given: {
        method: 'free',
        augment: true,
        autoAugment: true,
        cutout: 16,
        mixup: 0.4,
        cutmix: 1,
        cutmixProbability: 0.5,
        catastrophicOverfitting: 'stop',
        overfittingTolerance: 0.1,
      },
    });
  });

  it.each([
    ['--resume runs/a', { resume: true, out: 'runs/a' }],
    ['--resume --out runs/a', { resume: true, out: 'runs/a' }],
    ['--out runs/a --data-dir images', { resume: false, out: 'runs/a', dataDir: 'images' }],
  ])('reads the folders of %s', (line, folders) => {
    expect(parse(line)).toEqual({ preset: 'quick', given: {}, ...folders });
  });

  it('lists every flag and preset under --help, with the values of quick', () => {
    const parsed = parse('--help');
    const help = 'help' in parsed ? parsed.help : '';
    for (const word of [
      '--epsilon <radius>',
      '--no-augment',
      '--auto-augment',
      '--cutout <pixels>',
      '--mixup <alpha>',
      '--cutmix <alpha>',
      '--catastrophic-overfitting <action>',
      '--resume [folder]',
      'paper-wrn-34-10',
      '[quick: 8/255]',
    ]) {
      expect(help).toContain(word);
    }
  });

  it.each([
    [
      '--epsilon none',
      "option '--epsilon <radius>' argument 'none' is invalid. It must be a number or a fraction such as 8/255, above 0. See --help.",
    ],
    ['--epsilon 8/0', 'above 0'],
    ['--epsilon 1/2/3', 'above 0'],
    ['--epsilon 0', 'above 0'],
    ['--steps 2.5', 'It must be a whole number, at least 1.'],
    ['--beta minus', 'It must be a number or a fraction such as 8/255, at least 0.'],
    ['--momentum 1', 'in [0, 1)'],
    ['--label-smoothing 1', 'in [0, 1)'],
    ['--ema 1', 'in [0, 1)'],
    ['--awp -0.1', 'at least 0'],
    ['--clip-norm 0', 'above 0'],
    ['--cutout 0', 'It must be a whole number, at least 1.'],
    ['--mixup 0', 'above 0'],
    ['--cutmix-probability 1.5', 'in (0, 1]'],
    ['--catastrophic-overfitting on', 'Allowed: off, report, stop.'],
    ['--overfitting-tolerance 1', 'in (0, 1)'],
    ['--early-stop 0', 'It must be a whole number, at least 1.'],
    ['--epsilom 1', "unknown option '--epsilom' (Did you mean --epsilon?) See --help."],
    ['--preset qick', 'Allowed choices are quick, miniature, paper-resnet18'],
    ['--method trade', 'Allowed: squeeze, trades, mart, at, alp, fgsm-rs, n-fgsm, free, natural.'],
    ['--divergence kl', 'Allowed: symmetric-kl'],
    ['--model wrn-11-2', 'Allowed: resnet18, resnet34, resnet50, preactresnet18 or wrn-DEPTH-WIDEN'],
    ['--drop-epochs 100,80', 'It must be whole numbers in rising order, such as 80,100.'],
    ['--backend tpu', 'Allowed: auto, tfjs-node-gpu, native'],
    ['train', 'too many arguments'],
    ['--seed', "option '--seed <n>' argument missing. See --help."],
    ['--resume', '--resume needs the folder of the run: --resume runs/NAME.'],
    ['--resume runs/a --out runs/b', '--resume runs/a and --out runs/b name two folders: give one of them.'],
  ])('refuses %s in one line that says how to fix it', (line, message) => {
    expect(() => parse(line)).toThrow(message);
    expect(() => parse(line)).toThrow(/^[^\n]+$/);
  });
});
