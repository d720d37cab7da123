// Filters in the layout that Winograd's products read: transformed, and packed by panels of output channels.
#pragma once
#include "conv/winograd/winograd-products.h"
#include "conv/winograd/winograd-transforms.h"
#include "integer-math.h"
#include "parallel.h"

namespace st {
namespace ST_ISA {
namespace {

/** A transformed filter of more bytes than this leaves the L2 cache before it is used again, so it is prefetched. */
constexpr double kPrefetchedFilterBytes = 1 << 20;

/** Size of a transformed filter in bytes. */
template <class Form>
double transformedBytes(int inChannels, int outChannels) {
  return static_cast<double>(Form::kFilterSide * Form::kFilterSide) * sizeof(float) * inChannels * outChannels;
}

/** Packs the filter; `write(float* to, Vec)` is a normal or a streaming store. */
template <class Form, class Write>
void packFilterBy(const Write& write, const float* filter, int inChannels, int outChannels, bool rotated, float* packed) {
  constexpr int kSide = Form::kFilterSide, kValues = kSide * kSide;
  const int panels = ceilDiv(outChannels, kPanel), bands = vectorsFor(inChannels);
  const Index in = inChannels, out = outChannels;
  parallelFor(panels * bands, [=](int task, int) {
    const int panel = task / bands, first = task % bands * kLanes, last = minOf(inChannels, first + kLanes);
    const int vectors = panelVectors(outChannels, panel), width = vectors * kLanes;
    float* const to = packed + panel * kPanel * kValues * in;
    using Transform = typename Form::Filter;
    for (int v = 0; v < vectors; v++) {
      const int k = panel * kPanel + v * kLanes, lanes = minOf(kLanes, outChannels - k);
      if (!rotated) {
        for (int c = first; c < last; c++)
          transform2d<Transform>([&](int i, int j) { return loadFirst(filter + ((i * 3 + j) * in + c) * out + k, lanes); },
              [&](int i, int j, Vec u) { write(to + ((i * kSide + j) * in + c) * width + v * kLanes, u); });
        continue;
      }
      // Transpose a square of channels at a time, so that the filter is read along its rows.
      float square[9][kLanes][kLanes] = {};
      for (int tap = 0; tap < 9; tap++)
        for (int l = 0; l < lanes; l++) {
          const float* row = filter + ((8 - tap) * out + k + l) * in;
          for (int c = first; c < last; c++) square[tap][c - first][l] = row[c];
        }
      for (int c = first; c < last; c++)
        transform2d<Transform>([&](int i, int j) { return load(square[i * 3 + j][c - first]); },
            [&](int i, int j, Vec u) { write(to + ((i * kSide + j) * in + c) * width + v * kLanes, u); });
    }
    fenceStores();
  });
}

template <class Form>
void packFilterOf(const float* filter, int inChannels, int outChannels, bool rotated, float* packed) {
  const bool isLarge = transformedBytes<Form>(inChannels, outChannels) > kPrefetchedFilterBytes;
  // Lambdas instead of the functions: a function pointer would not be inlined.
  const auto plain = [](float* to, Vec v) __attribute__((always_inline)) { store(to, v); };
  const auto past = [](float* to, Vec v) __attribute__((always_inline)) { storeStreaming(to, v); };
  if (isLarge && canStream(packed)) packFilterBy<Form>(past, filter, inChannels, outChannels, rotated, packed);
  else packFilterBy<Form>(plain, filter, inChannels, outChannels, rotated, packed);
}

template <class Form>
void unpackFilterOf(const float* packed, int inChannels, int outChannels, bool rotated, float* filter) {
  constexpr int kSide = Form::kFilterSide, kValues = kSide * kSide;
  const int panels = ceilDiv(outChannels, kPanel);
  const Index in = inChannels, out = outChannels;
  parallelFor(panels * inChannels, [=](int task, int) {
    const int panel = task / inChannels, c = task % inChannels;
    const int vectors = panelVectors(outChannels, panel), width = vectors * kLanes;
    const float* const from = packed + panel * kPanel * kValues * in + static_cast<Index>(c) * width;
    for (int v = 0; v < vectors; v++) {
      const int k = panel * kPanel + v * kLanes, lanes = minOf(kLanes, outChannels - k);
      transform2d<typename Form::FilterInverse>(
          [&](int i, int j) { return load(from + (i * kSide + j) * in * width + v * kLanes); },
          [&](int i, int j, Vec g) {
            const int tap = i * 3 + j;
            if (!rotated) return storeFirst(filter + (tap * in + c) * out + k, g, lanes);
            for (int l = 0; l < lanes; l++) filter[((8 - tap) * out + k + l) * in + c] = g[l];
          });
    }
  });
}

}  // namespace
}  // namespace ST_ISA
}  // namespace st
