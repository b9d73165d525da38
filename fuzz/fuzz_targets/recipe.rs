//! Recipes, as text and as the XMP packet of a picture.
#![no_main]

use impasto::picture::metadata::recipe_in;
use impasto::studio::WrittenRecipe;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = recipe_in(data).or_else(|| std::str::from_utf8(data).ok().map(str::to_owned));
    match text.map(|text| WrittenRecipe::parse(&text)) {
        Some(Ok(recipe)) => assert_eq!(WrittenRecipe::parse(&recipe.to_json()), Ok(recipe)),
        Some(Err(error)) => assert_eq!(error.to_string().lines().count(), 1),
        None => {}
    }
});
