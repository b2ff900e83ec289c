"""A base with its adapter, of the right shapes and without values: what a run would hold, built in a second.

The model is made on the meta device by the same code that makes the real one, and then given fake tensors, which hold
no values either but know the device they stand for, so that torch chooses the same operations for them.
"""

from __future__ import annotations

from typing import Any

from training.errors import BaseUnavailable
from training.ml.adapters import adapted
from training.specs import BaseSpec, TrainingSpec

BLOCK = 64  # weights that share a scale in NF4
NESTED = 256  # scales that share a scale of their own with double quantisation


def empty_model(spec: TrainingSpec, fakes: Any, device: str) -> Any:
    """The model of the spec, in training mode, its tensors made by the FakeTensorMode `fakes` as if on `device`."""
    import torch

    with torch.device("meta"):
        model = adapted(empty_base(spec.base), spec)
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.to(torch.float32)
    if spec.gradient_checkpointing:
        model.activation_checkpointing_enable()
        model.enable_input_require_grads()
    make_fake(model, fakes, device)
    return model.train()


def config_of(base: BaseSpec) -> Any:
    """The base's config. Raises BaseUnavailable."""
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(base.source, revision=base.revision or None)
    except (OSError, ValueError) as problem:
        raise BaseUnavailable(
            f"The config of '{base.source}' cannot be read here: download the base, or choose another one."
        ) from problem


def empty_base(base: BaseSpec) -> Any:
    """The base's architecture in the spec's dtype on the meta device; packed into four bits when it says so."""
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

    factory: Any = AutoModelForSeq2SeqLM if base.architecture == "seq2seq" else AutoModelForCausalLM
    model = factory.from_config(config_of(base), dtype=getattr(torch, base.dtype))
    if base.quantised:
        quantise(model, getattr(torch, base.dtype))
    return model


def quantise(model: Any, dtype: Any) -> None:
    """Put packed NF4 layers where loading the base in four bits would put them."""
    from transformers import BitsAndBytesConfig
    from transformers.integrations.bitsandbytes import replace_with_bnb_linear
    from transformers.quantizers.base import HfQuantizer

    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )
    skipped = HfQuantizer.get_modules_to_not_convert(model, None, model._keep_in_fp32_modules)
    replace_with_bnb_linear(model, modules_to_not_convert=skipped, quantization_config=config)
    kind = packed_kind()
    for module in model.modules():
        if hasattr(module, "compute_dtype") and hasattr(module, "quant_state"):
            pack(module, kind)
    model.is_loaded_in_4bit = True


def pack(module: Any, kind: type) -> None:
    """Give a 4-bit layer the storage it has once its weights are quantised."""
    import torch

    weights, scales = module.weight.numel(), -(-module.weight.numel() // BLOCK)
    module.__class__ = kind
    packed: Any = torch.nn.Parameter(torch.empty((-(-weights // 2), 1), dtype=torch.uint8), requires_grad=False)
    packed.compress_statistics, packed.quant_type = True, "nf4"
    module.weight = packed
    module.register_buffer("scales", torch.empty(scales, dtype=torch.uint8))
    module.register_buffer("nested_scales", torch.empty(-(-scales // NESTED)))


def packed_kind() -> type:
    """A 4-bit layer that computes without values what bitsandbytes computes with them."""
    import torch
    from bitsandbytes.nn.modules import Linear4bit

    def unpacked(layer: Any, dtype: Any) -> Any:
        """The layer's weights in `dtype`, and on the way there its scales in float32."""
        scales = torch.empty(layer.scales.shape, dtype=torch.float32, device=layer.scales.device) + 0.0
        weights = torch.empty(layer.out_features, layer.in_features, dtype=dtype, device=scales.device)
        del scales
        return weights

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, states: Any, layer: Any) -> Any:
            ctx.layer = layer
            return torch.nn.functional.linear(states, unpacked(layer, states.dtype), layer.bias)

        @staticmethod
        def backward(ctx: Any, *gradients: Any) -> Any:
            return gradients[0] @ unpacked(ctx.layer, gradients[0].dtype), None

    class Packed(Linear4bit):
        def forward(self, states: Any) -> Any:
            dtype = states.dtype
            if self.bias is not None:
                self.bias.data = self.bias.data.to(self.compute_dtype)
            product: Any = Product
            return product.apply(states.to(self.compute_dtype), self).to(dtype)

    return Packed


def make_fake(model: Any, fakes: Any, device: str) -> None:
    """Put a fake tensor in the place of every tensor of the model; what is tied stays tied."""
    import torch
    from torch._subclasses.fake_tensor import FakeTensor

    made: dict[int, Any] = {}

    def fake(tensor: Any) -> Any:
        if id(tensor) not in made:
            of_device: Any = FakeTensor(fakes, tensor.detach().to("meta"), torch.device(device))
            of_device = torch.nn.Parameter(of_device, tensor.requires_grad) if is_parameter(tensor) else of_device
            made[id(tensor)] = (tensor, of_device)  # the first is kept, so that no other tensor gets its id
        return made[id(tensor)][1]

    def is_parameter(tensor: Any) -> bool:
        return isinstance(tensor, torch.nn.Parameter)

    for module in model.modules():
        for tensors in (module._parameters, module._buffers):
            for name, tensor in tensors.items():
                if tensor is not None:
                    tensors[name] = fake(tensor)
