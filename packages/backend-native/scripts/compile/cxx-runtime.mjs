// The parts of the C++ library that the module needs, compiled from the sources that Zig brings. Zig would compile the whole library, with
// locales, streams and regular expressions, once for each platform: 88 seconds of processor time instead of 16.
import { join } from 'node:path';

const LIBCXX = [
  ...[
    'chrono',
    'condition_variable',
    'condition_variable_destructor',
    'error_category',
    'exception',
    'functional',
    'future',
  ],
  ...['memory', 'mutex', 'mutex_destructor', 'new_handler', 'new_helpers', 'stdexcept', 'string', 'system_error'],
  ...['thread', 'verbose_abort'],
];
const LIBCXXABI = [
  ...[
    'abort_message',
    'cxa_aux_runtime',
    'cxa_default_handlers',
    'cxa_exception',
    'cxa_exception_storage',
    'cxa_guard',
  ],
  ...['cxa_handlers', 'cxa_personality', 'cxa_vector', 'cxa_virtual', 'fallback_malloc', 'private_typeinfo'],
  ...['stdlib_exception', 'stdlib_new_delete', 'stdlib_stdexcept', 'stdlib_typeinfo'],
];
const ON_WINDOWS = ['support/win32/thread_win32', 'support/win32/support', 'support/win32/locale_win32'];

/** Paths of the sources. */
export function runtimeSources(library, os) {
  const pathsOf = (folder, names) => names.map((name) => join(library, folder, 'src', `${name}.cpp`));
  return [
    ...pathsOf('libcxx', os === 'win32' ? [...LIBCXX, ...ON_WINDOWS] : LIBCXX),
    ...pathsOf('libcxxabi', LIBCXXABI),
  ];
}

/** Their flags, besides those of the platform. */
export function runtimeFlags(library) {
  const defines = [
    ...['_LIBCPP_BUILDING_LIBRARY', '_LIBCPP_DISABLE_VISIBILITY_ANNOTATIONS', '_LIBCXXABI_BUILDING_LIBRARY'],
    ...['_LIBCXXABI_DISABLE_VISIBILITY_ANNOTATIONS', 'LIBCXX_BUILDING_LIBCXXABI', 'LIBCXXABI_NON_DEMANGLING_TERMINATE'],
  ];
  const includes = ['libcxx/src', 'libcxxabi/include', 'libcxxabi/src', 'libcxx/include', 'libunwind/include'];
  return [
    ...['-std=c++23', '-O2', '-g0', '-w', '-fPIC', '-fvisibility=hidden', '-fvisibility-inlines-hidden'],
    // without it operator new is visible to other libraries, and macOS merges it with theirs
    '-fvisibility-global-new-delete=force-hidden',
    ...defines.map((name) => `-D${name}`),
    ...includes.map((path) => `-I${join(library, path)}`),
  ];
}
