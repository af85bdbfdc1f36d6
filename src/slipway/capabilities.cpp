#include "slipway/capabilities.hpp"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "slipway/error.hpp"

namespace slipway {
namespace {

struct Sets {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};  // 0: of this process
  __user_cap_data_struct words[2]{};                                // 32 capabilities each
};

}  // namespace

void keep_capabilities(std::span<const int> kept) {
  std::uint64_t keep = 0;
  for (const int capability : kept) keep |= std::uint64_t{1} << capability;
  // The kernel's last one is where it says EINVAL; a newer kernel has more than our headers.
  for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability) >= 0; ++capability)
    if ((keep >> capability & 1) == 0)
      check(::prctl(PR_CAPBSET_DROP, capability), "give up the capability {}", capability);
  check(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "clear the ambient set");
  Sets sets;
  check(::syscall(SYS_capget, &sets.header, sets.words), "read the sets of capabilities");
  for (int i = 0; i < 2; ++i) {
    sets.words[i].permitted &= static_cast<std::uint32_t>(keep >> 32 * i);
    sets.words[i].effective = sets.words[i].permitted;
    // What is inheritable, an exec of root makes permitted, whatever the bounding set is.
    sets.words[i].inheritable = 0;
  }
  check(::syscall(SYS_capset, &sets.header, sets.words), "give up capabilities");
}

}  // namespace slipway
