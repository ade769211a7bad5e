//! Types of the library that cross the border as another type, which is the contract's.
//!
//! Each implementation hands every item on to that type's own, which is what makes it sound:
//! the two look the same to wasmtime.

use std::mem::MaybeUninit;

use wasmtime::Result;
use wasmtime::component::__internal::{
    CanonicalAbiInfo, InstanceType, InterfaceType, LiftContext, LowerContext,
};
use wasmtime::component::{ComponentType, Lift, Lower};

use super::transport::TransportOptions;
use crate::{NoAnswer, Secret, Transport, TransportFailure};

macro_rules! has_the_form_of {
    ($form:ty, $own:ty) => {
        // SAFETY: all of it is `$form`'s.
        unsafe impl ComponentType for $own {
            type Lower = <$form as ComponentType>::Lower;
            const ABI: CanonicalAbiInfo = <$form as ComponentType>::ABI;
            const MAY_REQUIRE_REALLOC: bool = <$form as ComponentType>::MAY_REQUIRE_REALLOC;

            fn typecheck(ty: &InterfaceType, types: &InstanceType<'_>) -> Result<()> {
                <$form as ComponentType>::typecheck(ty, types)
            }
        }
    };
}

macro_rules! goes_in_as {
    ($form:ty, $own:ty, $lend:expr) => {
        // SAFETY: `$form` does it.
        unsafe impl Lower for $own {
            fn linear_lower_to_flat<T>(
                &self,
                cx: &mut LowerContext<'_, T>,
                ty: InterfaceType,
                dst: &mut MaybeUninit<Self::Lower>,
            ) -> Result<()> {
                <$form as Lower>::linear_lower_to_flat(&$lend(self), cx, ty, dst)
            }

            fn linear_lower_to_memory<T>(
                &self,
                cx: &mut LowerContext<'_, T>,
                ty: InterfaceType,
                offset: usize,
            ) -> Result<()> {
                <$form as Lower>::linear_lower_to_memory(&$lend(self), cx, ty, offset)
            }
        }
    };
}

macro_rules! comes_out_as {
    ($form:ty, $own:ty) => {
        // SAFETY: `$form` does it.
        unsafe impl Lift for $own {
            fn linear_lift_from_flat(
                cx: &mut LiftContext<'_>,
                ty: InterfaceType,
                src: &Self::Lower,
            ) -> Result<Self> {
                <$form as Lift>::linear_lift_from_flat(cx, ty, src).map(Self::from)
            }

            fn linear_lift_from_memory(
                cx: &mut LiftContext<'_>,
                ty: InterfaceType,
                bytes: &[u8],
            ) -> Result<Self> {
                <$form as Lift>::linear_lift_from_memory(cx, ty, bytes).map(Self::from)
            }
        }
    };
}

has_the_form_of!(String, Secret);
// `str` and `String` have one form.
goes_in_as!(&str, Secret, Secret::expose);
comes_out_as!(String, Secret);

has_the_form_of!(Option<TransportOptions<'static>>, Transport);
goes_in_as!(Option<TransportOptions<'_>>, Transport, |own| Some(
    TransportOptions::of(own)
));

/// The contract's `no-answer`; the library's own may know more.
#[derive(ComponentType, Lift, Lower)]
#[component(record)]
pub struct NoAnswerRecord {
    failure: TransportFailure,
    #[component(name = "may-have-acted")]
    may_have_acted: bool,
}

impl From<NoAnswerRecord> for NoAnswer {
    fn from(no_answer: NoAnswerRecord) -> Self {
        Self {
            failure: no_answer.failure,
            may_have_acted: no_answer.may_have_acted,
            why: None,
        }
    }
}

has_the_form_of!(NoAnswerRecord, NoAnswer);
goes_in_as!(NoAnswerRecord, NoAnswer, |own: &NoAnswer| {
    NoAnswerRecord {
        failure: own.failure,
        may_have_acted: own.may_have_acted,
    }
});
comes_out_as!(NoAnswerRecord, NoAnswer);
