// Working memory of the kernels: leased for one call, kept for the next one, bounded, given back on request.
#pragma once
#include <cstddef>

namespace st {

/**
 * A block of at least `floats` floats, 64-byte aligned, with undefined content, held until the lease ends.
 * `data()` is null when the machine has no memory left.
 */
class ScratchLease {
 public:
  explicit ScratchLease(std::size_t floats);
  ~ScratchLease();
  ScratchLease(const ScratchLease&) = delete;
  ScratchLease& operator=(const ScratchLease&) = delete;
  float* data() const { return data_; }

 private:
  float* data_;
  std::size_t bytes_;
};

/** Bytes that are kept between calls, leased blocks not counted. */
std::size_t scratchBytesKept();

/** Frees what is kept between calls. */
void releaseScratch();

}  // namespace st
