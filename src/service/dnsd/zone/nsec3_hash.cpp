#include "service/dnsd/zone/nsec3_hash.hpp"

// The one-block functions are deprecated in OpenSSL 3 in favour of EVP, which allocates and takes a
// lock per digest; on the answer path neither is allowed.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

namespace vedette::dnsd {

Nsec3Digest nsec3_hash(ByteView name, const Nsec3Parameters& parameters) noexcept {
    Nsec3Digest digest{};
    ByteView input = name;
    for (unsigned round = 0; round <= parameters.iterations; ++round) {
        SHA_CTX context;
        SHA1_Init(&context);
        SHA1_Update(&context, input.data(), input.size());
        SHA1_Update(&context, parameters.salt.data(), parameters.salt_bytes);
        SHA1_Final(digest.data(), &context);
        input = digest;
    }
    return digest;
}

}  // namespace vedette::dnsd
