// Workspaces of the kernels: leased for one call, cached for the next one up to a limit, freed on request.
#pragma once
#include <cstddef>
#include <cstdint>

namespace st {

/**
 * A block of at least `floats` floats (64 bits even where addresses have 32, so that no size overflows on its way here), aligned to 64 bytes, with undefined contents, held until the lease is destroyed. `data()` is null if
 * out of memory.
 */
class ScratchLease {
 public:
  explicit ScratchLease(std::uint64_t floats);
  ~ScratchLease();
  ScratchLease(const ScratchLease&) = delete;
  ScratchLease& operator=(const ScratchLease&) = delete;
  float* data() const { return data_; }

 private:
  float* data_;
  std::size_t bytes_;
};

/** Bytes cached between calls, without the leased blocks. */
std::size_t scratchBytesKept();

/** Frees the cached blocks. */
void releaseScratch();

}  // namespace st
