import { describe, expect, it } from 'vitest';

import { UsageError } from '../command-line/usage-error.ts';
import { completeSettings, type EvaluationCommand, parseEvaluationCommand } from './command-line.ts';
import { flagsGiven, pretrainedOptions } from './weights-options.ts';

function parse(...args: string[]): EvaluationCommand {
  const command = parseEvaluationCommand(args);
  if ('help' in command) throw new Error('expected a command, got the help');
  return command;
}

describe('npm run evaluate', () => {
  it('evaluates 1000 images at the usual radius of the norm by default', () => {
    const { given, resume } = parse('--checkpoint', 'runs/a');
    expect(resume).toBe(false);
    expect(completeSettings(given)).toMatchObject({
      norm: 'linf',
      epsilon: 8 / 255,
      examples: 1000,
      seed: 0,
      curve: [],
      data: 'cifar10',
    });
    expect(completeSettings({ checkpoint: 'a', norm: 'l2' }).epsilon).toBe(128 / 255);
  });

  it('reads attacks, radii and fractions', () => {
    const { given, out } = parse(
      ...['--checkpoint', 'model.pt', '--attack', 'pgd-20,CW-7, square', '--epsilon', '4/255', '--curve', '1/255,0.1'],
      ...[
        '--examples',
        '200',
        '--batch-size',
        '50',
        '--out',
        'x',
        '--backend',
        'wasm',
        '--data',
        'svhn:d',
        '--subset-seed',
        '3',
        '--normalization',
        'cifar10',
      ],
    );
    expect(out).toBe('x');
    expect(given).toEqual({
      checkpoint: 'model.pt',
      attack: ['pgd-20', 'cw-7', 'square'],
      epsilon: 4 / 255,
      curve: [1 / 255, 0.1],
      examples: 200,
      batchSize: 50,
      backend: 'wasm',
      data: 'svhn:d',
      subsetSeed: 3,
      normalization: 'cifar10',
    });
    expect(parse('--checkpoint', 'a', '--attack', 'none').given.attack).toEqual([]);
  });

  it('reads the flags of weight files and their settings', () => {
    const args = [
      '--at',
      'ema.state_dict',
      '--image-size',
      '64',
      '--pool',
      '4',
      '--projects',
      'input',
      '--prefix',
      'student.',
    ];
    const { given } = parse('--checkpoint', 'a.pt', ...args, '--leave-out', 'criterion.*,rot_head.*');
    expect(pretrainedOptions(completeSettings(given))).toEqual({
      at: 'ema.state_dict',
      imageSize: [64, 64],
      pool: 4,
      projects: 'input',
      prefix: 'student.',
      leaveOut: ['criterion.*', 'rot_head.*'],
    });
    expect(parse('--checkpoint', 'a.pt', '--image-size', '32x48', '--pool', 'global').given).toMatchObject({
      imageSize: [32, 48],
      pool: 'global',
    });
    expect(flagsGiven(completeSettings(given))[1]).toBe('--image-size');
    expect(flagsGiven(completeSettings(parse('--checkpoint', 'a').given))).toEqual([]);
  });

  it('takes multiples of epsilon for the curve if no radii are given', () => {
    const { curve } = parse('--checkpoint', 'a', '--epsilon', '0.4', '--curve').given;
    expect(curve).toEqual([0.1, 0.2, expect.closeTo(0.3), 0.4, expect.closeTo(0.6), 0.8]); // 1.2 is not an l-infinity radius
  });

  it('lists its flags and the attacks', () => {
    const help = parseEvaluationCommand(['--help']);
    expect('help' in help && help.help).toMatch(/--checkpoint <path>[\s\S]*apgd-ce[\s\S]*--curve/);
  });

  it.each([
    [['--attack', 'deepfool'], "There is no attack 'deepfool'"],
    [['--attack', 'pgd-20,pgd-20'], 'It must name each attack once.'],
    [['--attack', 'constructor'], "There is no attack 'constructor'"],
    [['--attack', 'pgd-0'], "There is no attack 'pgd-0'"],
    [['--epsilon', 'eight'], 'It must be a number or a fraction such as 8/255'],
    [['--curve', '0.1,0.1'], 'It must name each radius once.'],
    [['--normalization', 'imagenet'], 'Allowed choices are none, cifar10, cifar100.'],
    [['--image-size', '1x2x3'], 'It must be one side, such as 64'],
    [['--image-size', '0'], 'It must be a whole number, at least 1.'],
    [['--pool', 'max'], 'It must be a whole number, at least 1. Or global.'],
    [['--leave-out', 'a,,b'], 'It must be comma-separated names'],
    [['--data', 'images'], "There is no data set 'images'."],
    [['--norm', 'l3'], 'Allowed choices are linf, l2, l1.'],
    [['--resume'], '--resume needs the folder of the evaluation: --out DIR.'],
    [['--colour'], "unknown option '--colour'"],
  ])('refuses %j in one line', (args, message) => {
    expect(() => parse(...args)).toThrow(UsageError);
    expect(() => parse(...args)).toThrow(message);
  });

  it('requires a checkpoint', () => {
    expect(() => completeSettings({})).toThrow('--checkpoint RUN_OR_FILE is required');
  });
});
