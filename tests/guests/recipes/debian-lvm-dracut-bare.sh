# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# / on a logical volume that no word asks dracut for. For the lab.
. "$guests_dir/recipes/debian-lvm.sh"
base=dracut-lvm
