// The allocator of this C library is for one thread: the linker replaces its functions (`--wrap`) by these, which take a lock.
#include <cstddef>

#include "threads.h"

extern "C" {

void* __real_malloc(std::size_t bytes);
void* __real_calloc(std::size_t count, std::size_t bytes);
void* __real_realloc(void* memory, std::size_t bytes);
int __real_posix_memalign(void** memory, std::size_t alignment, std::size_t bytes);
void __real_free(void* memory);

}  // extern "C"

namespace {

st::Mutex g_mutex;

}  // namespace

extern "C" {

void* __wrap_malloc(std::size_t bytes) {
  const st::Lock lock(g_mutex);
  return __real_malloc(bytes);
}

void* __wrap_calloc(std::size_t count, std::size_t bytes) {
  const st::Lock lock(g_mutex);
  return __real_calloc(count, bytes);
}

void* __wrap_realloc(void* memory, std::size_t bytes) {
  const st::Lock lock(g_mutex);
  return __real_realloc(memory, bytes);
}

int __wrap_posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) {
  const st::Lock lock(g_mutex);
  return __real_posix_memalign(memory, alignment, bytes);
}

void __wrap_free(void* memory) {
  const st::Lock lock(g_mutex);
  __real_free(memory);
}

}  // extern "C"
