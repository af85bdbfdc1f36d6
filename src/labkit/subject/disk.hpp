#pragma once

#include <cstdint>
#include <string>

#include "slipway/descriptor.hpp"

namespace labkit {

/// A disk for a check to give to a program: a loop device on memory that the checker owns, so that
/// using it costs no other disk and no group any memory. It is new: nobody has written to it. The
/// kernel takes it away with this object, also when the checker is killed. loop(4).
class Disk {
 public:
  /// Needs root. Throws slipway::Error; code() is ENOENT when this machine has no loop devices.
  explicit Disk(std::int64_t bytes);

  const std::string& path() const { return path_; }  ///< "/dev/loop3"
  std::string number() const;                        ///< "7:3", as the groups' files have it.

  /// Bytes that were written to it, by whomever, and have arrived: the kernel's own count.
  /// Documentation/block/stat.rst.
  std::int64_t written() const;

 private:
  int number_ = 0;
  std::string path_;
  slipway::Descriptor disk_;
};

}  // namespace labkit
