#!/bin/sh
# Builds the examples against zoo's libraries and runs each on what comes with zoo.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
shapes=$here/../fixtures/shapes
scratch=$here/../.build/examples
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

${SWIFT:-swift} build --package-path "$here" --scratch-path "$scratch" --quiet

echo '$ ReadCheckpoint resnet14-shapes.pth conv1.weight'
"$scratch/debug/ReadCheckpoint" "$shapes/resnet14-shapes.pth" conv1.weight | tail -n 2

echo '$ FetchWeights file:///…/resnet14-shapes.pth'
TORCH_HOME=$work/torch "$scratch/debug/FetchWeights" "file://$shapes/resnet14-shapes.pth"
cmp "$shapes/resnet14-shapes.pth" "$work/torch/hub/checkpoints/resnet14-shapes.pth"

echo '$ FinetunePhotos resnet14-shapes.pth data shapes.pth'
"$scratch/debug/FinetunePhotos" "$shapes/resnet14-shapes.pth" "$shapes/data" "$work/shapes.pth" | tail -n 2
"$scratch/debug/ReadCheckpoint" "$work/shapes.pth" | grep -q 'linear.weight float32 5×64'

echo '$ OwnHead resnet14-shapes.pth data own.pth'
"$scratch/debug/OwnHead" "$shapes/resnet14-shapes.pth" "$shapes/data" "$work/own.pth"
"$scratch/debug/ReadCheckpoint" "$work/own.pth" | grep -q 'head.directions float32 5×64'
