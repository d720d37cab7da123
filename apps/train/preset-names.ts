export type PresetName = (typeof PRESET_NAMES)[number];
export const PRESET_NAMES = [
  'quick',
  'miniature',
  'paper-resnet18',
  'paper-resnet18-80',
  'paper-wrn-34-10',
  'paper-wrn-34-10-80',
] as const;
