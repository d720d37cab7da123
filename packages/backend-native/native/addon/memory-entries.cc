// ArrayBuffers whose memory the module allocates, and returning their pages to the system.
#include <new>

#include "addon/node-host.h"
#include "memory/aligned-block.h"

namespace st {
namespace {

/** The largest block, 2^40 bytes: all smaller sizes are exact in a double and in offset arithmetic. */
constexpr std::int64_t kMostBytes = std::int64_t{1} << 40;

/** Called when a buffer is garbage-collected, or when its environment ends; kernels may still use the block. */
void finalize(napi_env env, void* block, void* hint) {
  if (Environment* environment = environmentOf(env)) {
    environment->wait();
    environment->blocks().remove(block);
  }
  freeBlock(block, reinterpret_cast<std::size_t>(hint));
}

/** An ArrayBuffer of zeroed bytes; undefined if the runtime does not allow external memory (V8 sandbox). */
Result allocate(Arguments& in) {
  const auto bytes = static_cast<std::size_t>(in.integer(0, "bytes", 1, kMostBytes));
  if (!in.valid()) return Result::nothing();
  void* block = allocateBlock(bytes);
  if (block == nullptr) throw std::bad_alloc();
  napi_value buffer = nullptr;
  if (napi_create_external_arraybuffer(in.hostCall().env, block, bytes, finalize, reinterpret_cast<void*>(bytes), &buffer) != napi_ok) {
    freeBlock(block, bytes);
    return Result::nothing();
  }
  in.environment().blocks().add(block, bytes);
  return Result::ofHost(buffer);
}

/** Returns the pages of a buffer to the system, after the kernels that may use them have run. Its contents are then undefined. */
Result discard(Arguments& in) {
  void* block = nullptr;
  std::size_t bytes = 0;
  HostCall& call = in.hostCall();
  if (call.count < 1 || napi_get_arraybuffer_info(call.env, call.values[0], &block, &bytes) != napi_ok) {
    in.require(false, "argument 0 (buffer) must be an ArrayBuffer");
    return Result::nothing();
  }
  // The pages of other array buffers are not ours to return.
  if (bytes == 0 || !in.environment().blocks().holds(block, bytes)) return Result::nothing();
  in.environment().finish();
  discardBlock(block, bytes);
  return Result::nothing();
}

Result allocated(Arguments&) { return Result::ofNumber(static_cast<double>(allocatedBytes())); }

}  // namespace

void addMemoryEntries(Exports& exports) {
  exports.add("allocate", allocate);
  exports.add("discard", discard);
  exports.add("allocatedBytes", allocated);
}

}  // namespace st
