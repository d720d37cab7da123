import { nodePlatform } from './node-platform.ts';
import { registerWasm } from './register.ts';

registerWasm(nodePlatform, Number(process.env.ST_NUM_THREADS) || nodePlatform.cores);
