#include "slipway/error.hpp"

#include <cstring>

namespace slipway {

void vfail(int code, fmt::string_view attempt, fmt::format_args args) {
  throw Error(fmt::format("{}: {}", fmt::vformat(attempt, args), std::strerror(code)), code);
}

}  // namespace slipway
