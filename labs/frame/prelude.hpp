// What most labs include, for the toolkit to compile once, ahead: `lab check` puts the compiled
// form before a learner's source, and the verdict comes about a second sooner. It has standard
// headers and fmt only, so that a source which forgets an include of the toolkit is told so.

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
