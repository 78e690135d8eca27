#pragma once
// Descriptors: those of the process that clients may not have. Each connection of a client needs one; without any left
// the daemon could connect neither to MariaDB nor to Redis, and answer neither the control socket nor the admin port.

#include <cstddef>

namespace maproom::net {

class Descriptors {
 public:
  /// So many are for others than clients, but no more than half of what the process may have.
  void reserve(std::size_t count) noexcept { reserved_ = count; }
  [[nodiscard]] std::size_t reserved() const noexcept { return reserved_; }
  /// Whether a client may have one more. Cost: four system calls for each connection that is accepted.
  [[nodiscard]] bool spare() const;

 private:
  std::size_t reserved_ = 256;
};

}  // namespace maproom::net
