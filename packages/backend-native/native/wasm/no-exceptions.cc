// The modules are compiled without exceptions (`-fignore-exceptions`): the kernels' only one is std::bad_alloc of small allocations, for which
// `aligned-memory.cc` keeps memory in reserve. If one is thrown nevertheless, the module ends with a trap.
#include <cstddef>
#include <typeinfo>

extern "C" {

void* __cxa_allocate_exception(std::size_t) { __builtin_trap(); }
void __cxa_throw(void*, std::type_info*, void (*)(void*)) { __builtin_trap(); }

}  // extern "C"
