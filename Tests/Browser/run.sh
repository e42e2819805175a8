#!/bin/sh
# Makes one page of each kind with zoo, from what the project has, and looks at all of them in Chromium: `make browser`.
# Screenshots go to the folder that BROWSER_OUTPUT names, .build/browser by default.
set -eu

zoo=${ZOO:-zoo}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
case $zoo in */*) zoo=$(cd "$(dirname "$zoo")" && pwd)/$(basename "$zoo") ;; esac
output=${BROWSER_OUTPUT:-$root/.build/browser}
case $output in /*) ;; *) output=$PWD/$output ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TORCH_HOME="$work/torch" XDG_CACHE_HOME="$work/cache"
mkdir -p "$output"
rm -f "$output"/*.png "$output"/*.html
cd "$work"
data=$root/fixtures/shapes/data
cp -R "$data" shapes
train="$zoo finetune --quiet --model resnet14-shapes"

echo "making pages"
# Layers that are unfrozen one after another, beside random weights.
$train shapes --epochs 6 --lr 0.01 --unfreeze 0:linear,2:layer3,4:all -o layers.pth > layers.log
cp layers.run/report.html "$output/layers.html"
$train shapes --epochs 5 --lr 0.01 --compare-scratch -o scratch.pth > scratch.log
cp scratch.run/report.html "$output/scratch.html"
# A head, many epochs; then an image has moved.
$train shapes --head-only --epochs 400 --layer-decay 0.9 -o head.pth > head.log
for image in shapes/val/star/*.png; do mv "$image" "$image.moved"; done
"$zoo" report head.run -o "$output/head.html" > head.log
for image in shapes/val/star/*.png.moved; do mv "$image" "${image%.moved}"; done
# No epoch at all.
$train shapes --head-only --epochs 0 -o none.pth > none.log
cp none.run/report.html "$output/none.html"
# Folds.
$train shapes --head-only --epochs 8 --folds 4 --run folds > folds.log
cp folds/report.html "$output/folds.html"
# Two, forty, a hundred and a thousand classes; some names are odd.
for count in 2 40 100 1000; do
    python3 "$here/images.py" "classes-$count" $count 3
    $train "classes-$count" --head-only --epochs 3 -o "many-$count.pth" > many.log
    cp "many-$count.run/report.html" "$output/many-$count.html"
done
# Searches: several kinds of options, one option, many trials of which some fail.
"$zoo" tune --quiet shapes --model resnet14-shapes --head-only --epochs 3 --trials 80 --run search \
    --space 'lr=log(1e-5,1) augment=none,light momentum=uniform(0,0.99) batch-size=int(8,64) nesterov=yes,no' > tune.log
cp search/report.html "$output/search.html"
"$zoo" tune --quiet shapes --model resnet14-shapes --head-only --epochs 1 --run one --search grid --space 'optimizer=sgd,adam,sdg' \
    > tune.log
cp one/report.html "$output/search-one.html"
# Learning rates, on a logarithmic axis; of a test that ends early, too.
$train shapes --lr-find --html "$output/rates.html" > rates.log
$train shapes --head-only --lr-find --optimizer adam --html "$output/rates-head.html" > rates.log
# A pruned network, in steps; one with zeros; a student; a network that learnt from rotations, and from views.
"$zoo" prune --quiet layers.pth shapes --macs 0.5 --steps 3 --align 4 --epochs 2 -o pruned.pth > prune.log
cp pruned.run/report.html "$output/prune.html"
"$zoo" prune --quiet layers.pth shapes --sparsity 0.8 --epochs 1 -o sparse.pth > prune.log
cp sparse.run/report.html "$output/prune-weights.html"
"$zoo" distill --quiet layers.pth shapes --student resnet14-shapes --feature-weight 1 --epochs 4 -o student.pth > distill.log
cp student.run/report.html "$output/distill.html"
"$zoo" pretrain --quiet shapes --model resnet14-shapes --epochs 4 -o turns.pth > pretrain.log
"$zoo" report --quiet turns.run -o "$output/pretrain.html" > pretrain.log
"$zoo" pretrain --quiet shapes --model resnet14-shapes --task simsiam --epochs 2 -o views.pth > pretrain.log
"$zoo" report --quiet views.run -o "$output/pretrain-views.html" > pretrain.log
# Members that are judged together.
"$zoo" ensemble average --quiet layers.pth head.pth scratch.pth --data shapes -o members.pth > ensemble.log
"$zoo" evaluate --quiet members.pth shapes --html "$output/ensemble.html" > ensemble.log
# Explanations, labels, a learning curve.
"$zoo" explain --quiet layers.pth shapes/val/star/*0.png --method gradcam,occlusion -o explained > explain.log
cp explained/index.html "$output/explain.html"
# Two columns of labels, the second with gaps; relative paths start from the list.
{
    echo "path,shape,outline,split"
    for part in train val; do
        for class in shapes/$part/*; do
            for image in "$class"/*; do
                case $class-$image in
                */heart-* | */crescent-* | */spiral-*) outline=round ;;
                *0.png) outline= ;;
                *) outline=pointed ;;
                esac
                echo "$image,${class##*/},$outline,$part"
            done
        done
    done
} > both.csv
"$zoo" finetune --quiet both.csv --model resnet14-shapes --tasks shape,outline --epochs 3 -o tasks.pth > tasks.log
cp tasks.run/report.html "$output/tasks.html"
"$zoo" evaluate --quiet tasks.pth both.csv --html "$output/tasks-evaluation.html" > tasks-evaluation.log
mv shapes/train/star/000.png shapes/train/heart/stray.png
"$zoo" data check --quiet shapes --model resnet14-shapes --label-errors --html "$output/labels.html" > labels.log || [ $? -eq 1 ]
mv shapes/train/heart/stray.png shapes/train/star/000.png
"$zoo" learning-curve --quiet shapes --model resnet14-shapes --head-only --epochs 3 --html "$output/curve.html" > curve.log
"$zoo" evaluate --quiet layers.pth shapes --html "$output/evaluate.html" > evaluate.log
# A network that knows more classes than the images have.
rm -r shapes/train/star shapes/val/star
"$zoo" evaluate --quiet layers.pth shapes --html "$output/evaluate-part.html" > evaluate.log
"$zoo" inspect layers.pth --html "$output/inspect.html" > inspect.log
"$zoo" inspect layers.run/state.pth --html "$output/inspect-state.html" > inspect.log
for file in dtypes.pth pairs.safetensors array.npy nested.pth; do
    "$zoo" inspect "$root/fixtures/checkpoints/$file" --html "$output/inspect-${file%.*}.html" > inspect.log
done

echo "looking at them"
python3 "$here/check.py" "$output" "$output"/*.html
