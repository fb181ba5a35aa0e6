// libqrencode, as the scan page sees it: one call makes the squares of a QR code, another frees them.
#ifndef CQRENCODE_SHIM_H
#define CQRENCODE_SHIM_H

#include <qrencode.h>

#endif
