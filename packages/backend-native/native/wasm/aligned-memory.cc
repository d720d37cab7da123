// Aligned memory from WebAssembly's linear memory, which never shrinks: freed memory is used again.
#include "memory/aligned-memory.h"

#include <cstdint>
#include <cstdlib>

namespace st {
namespace {

constexpr std::size_t kCacheLine = 64, kPage = 4096, kWasmPage = 65536;
/** Kept free for small allocations (queued kernels, tables of addresses): without exceptions, their failure could not be reported. */
constexpr std::size_t kReserve = std::size_t{16} << 20;

std::uint64_t g_limit = std::uint64_t{1} << 32;

bool hasReserve() {
  const std::uint64_t present = std::uint64_t{__builtin_wasm_memory_size(0)} * kWasmPage;
  if (present + kReserve <= g_limit) return true;
  void* reserve = std::malloc(kReserve);
  std::free(reserve);
  return reserve != nullptr;
}

}  // namespace

void* allocateAligned(std::size_t bytes) {
  void* memory = nullptr;
  if (posix_memalign(&memory, bytes >= kPage ? kPage : kCacheLine, bytes) != 0) return nullptr;
  if (hasReserve()) return memory;
  std::free(memory);
  return nullptr;
}

void freeAligned(void* memory, std::size_t) { std::free(memory); }

bool isZeroed(std::size_t) { return false; }

void discardContents(void*, std::size_t) {}

/** The size to which JavaScript lets the memory grow, in bytes. */
extern "C" __attribute__((export_name("setMemoryLimit"))) void setMemoryLimit(double bytes) { g_limit = static_cast<std::uint64_t>(bytes); }

}  // namespace st
