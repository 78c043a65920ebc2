"""Fig. 9 of the GLCNet paper: how much unlabelled data there is, on Potsdam.

python tools/label_efficiency.py configs/studies/potsdam_amount.py --dry-run
"""

_base_ = './potsdam.py'
glcnet = 'configs/glcnet_potsdam.py'
methods = {
    '_delete_': True,
    'Random': dict(),
    '20 %': dict(config=glcnet, amount=0.2),
    '50 %': dict(config=glcnet, amount=0.5),
    '100 %': dict(config=glcnet, amount=1.0),
}
