# SPDX-License-Identifier: LGPL-2.1-or-later
# The names every sample guest uses, so that an expectation can state them.
DISK_UUID=6f3c0a52-9a41-4b57-8d1e-5a1e0c7f2b01
ROOT_UUID=0b9f6a3e-4c7d-4e8f-a2b1-93d5c6e7f802
BOOT_UUID=c4d5e6f7-1829-4a3b-9c4d-5e6f70819203
ESP_UUID=5A1E-0C7F
