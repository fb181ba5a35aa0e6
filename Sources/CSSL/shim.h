// OpenSSL 3, as the JWT target sees it: the headers, and inline functions for the macros that Swift cannot import.
#ifndef CSSL_SHIM_H
#define CSSL_SHIM_H

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/ec.h>
#include <openssl/encoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/opensslv.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#if OPENSSL_VERSION_NUMBER < 0x30000000L
#error "OpenSSL 3.0 or later is needed"
#endif

// EVP_RSA_gen is a macro over a variadic function.
static inline EVP_PKEY *cssl_rsa_generate(unsigned int bits) {
    return EVP_RSA_gen(bits);
}

// EVP_EC_gen is a macro over a variadic function, and so is what it stands for.
static inline EVP_PKEY *cssl_p256_generate(void) {
    return EVP_EC_gen("P-256");
}

static inline EVP_PKEY *cssl_ed25519_generate(void) {
    return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

// The selections are macros made of macros.
static inline int cssl_select_key_pair(void) {
    return EVP_PKEY_KEYPAIR;
}

static inline int cssl_select_public_key(void) {
    return EVP_PKEY_PUBLIC_KEY;
}

// OPENSSL_clear_free is a macro that records file and line.
static inline void cssl_clear_free(void *memory, size_t count) {
    OPENSSL_clear_free(memory, count);
}

// BN_num_bytes is a macro over BN_num_bits.
static inline int cssl_bn_byte_count(const BIGNUM *number) {
    return BN_num_bytes(number);
}

// Contexts of OpenSSL keep the pointers to these names. The characters of a Swift string last for one call only, those
// of a C literal for ever.
static inline const char *cssl_name_rsa(void) {
    return "RSA";
}

static inline const char *cssl_name_ec(void) {
    return "EC";
}

static inline const char *cssl_name_ed25519(void) {
    return "ED25519";
}

static inline const char *cssl_name_pem(void) {
    return "PEM";
}

static inline const char *cssl_name_der(void) {
    return "DER";
}

static inline const char *cssl_name_private_key_info(void) {
    return "PrivateKeyInfo";
}

static inline const char *cssl_name_subject_public_key_info(void) {
    return "SubjectPublicKeyInfo";
}

// The names of the parameters became generated macros in OpenSSL 3.3; they are spelled once, here.
static inline const char *cssl_rsa_modulus_name(void) {
    return OSSL_PKEY_PARAM_RSA_N;
}

static inline const char *cssl_rsa_exponent_name(void) {
    return OSSL_PKEY_PARAM_RSA_E;
}

#endif
