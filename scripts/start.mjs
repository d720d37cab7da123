// `npm start`: installs what is missing, then squeeze-trains on the real CIFAR-10. `npm start -- --help` lists every flag.
import { ensureInstalled } from './install.mjs';
import { runChild } from './run-child.mjs';

ensureInstalled();
const given = process.argv.slice(2);
const chosen = given.some((flag) => flag === '--preset' || flag.startsWith('--preset='));
runChild('examples/cifar10.ts', chosen ? given : ['--preset', 'quick', ...given]);
