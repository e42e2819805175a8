#!/bin/sh
# `make bench`: what can be measured without PyTorch. Benchmarks/README.md says how to put PyTorch beside it.
set -eu

zoo=$1
here=$(cd "$(dirname "$0")" && pwd)

echo '# real weights and photos (skipped without ZOO_DATA)'
python3 "$here/acceptance.py" "$zoo"
echo '# 200 MB over loopback, killed ten times'
python3 "$here/resume.py" "$zoo"
echo '# zoo convert and zoo inspect beside cp, 236 MB'
python3 "$here/convert.py" "$zoo"
echo '# networks, float32'
for network in 'resnet18' 'resnet50' 'mobilenet_v1_x0_25' 'resnet20_cifar 250 32'; do
    # shellcheck disable=SC2086
    swift run --package-path "$here" --configuration release --quiet NetworkSpeed $network
done
