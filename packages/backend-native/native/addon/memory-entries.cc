// ArrayBuffers whose memory the module allocates, and returning their pages to the system.
#include <new>

#include "border/arguments.h"
#include "border/entries.h"
#include "memory/aligned-block.h"

namespace st {
namespace {

/** The largest block, 2^40 bytes: all smaller sizes are exact in a double and in offset arithmetic. */
constexpr std::int64_t kMostBytes = std::int64_t{1} << 40;

/** Called when a buffer is garbage-collected, or when its environment ends; kernels may still use the block. */
void finalize(napi_env env, void* block, void* hint) {
  if (Environment* environment = Environment::of(env)) {
    environment->wait();
    environment->blocks().remove(block);
  }
  freeBlock(block, reinterpret_cast<std::size_t>(hint));
}

/** An ArrayBuffer of zeroed bytes; undefined if the runtime does not allow external memory (V8 sandbox). */
napi_value allocate(Arguments& in) {
  const auto bytes = static_cast<std::size_t>(in.integer(0, "bytes", 1, kMostBytes));
  if (!in.valid()) return nullptr;
  void* block = allocateBlock(bytes);
  if (block == nullptr) throw std::bad_alloc();
  napi_value buffer = nullptr;
  if (napi_create_external_arraybuffer(in.env(), block, bytes, finalize, reinterpret_cast<void*>(bytes), &buffer) != napi_ok) {
    freeBlock(block, bytes);
    return nullptr;
  }
  in.environment().blocks().add(block, bytes);
  return buffer;
}

/** Returns the pages of a buffer to the system, after the kernels that may use them have run. Its contents are then undefined. */
napi_value discard(Arguments& in) {
  void* block = nullptr;
  std::size_t bytes = 0;
  if (!in.valid() || napi_get_arraybuffer_info(in.env(), in.value(0), &block, &bytes) != napi_ok) {
    in.require(false, "argument 0 (buffer) must be an ArrayBuffer");
    return nullptr;
  }
  // The pages of other array buffers are not ours to return.
  if (bytes == 0 || !in.environment().blocks().holds(block, bytes)) return nullptr;
  in.environment().finish();
  discardBlock(block, bytes);
  return nullptr;
}

napi_value allocated(Arguments& in) {
  napi_value result = nullptr;
  napi_create_double(in.env(), static_cast<double>(allocatedBytes()), &result);
  return result;
}

}  // namespace

void addMemoryEntries(Exports& exports) {
  exports.add("allocate", allocate);
  exports.add("discard", discard);
  exports.add("allocatedBytes", allocated);
}

}  // namespace st
