"""What a scene is: bodies, materials, goals, and the errors and files that everything above shares. Imports none of the other floors."""
