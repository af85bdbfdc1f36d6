#pragma once

#include <cstddef>
#include <cstdint>

/// What libFuzzer calls with each input, and fuzz/driver.cpp with its own.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
